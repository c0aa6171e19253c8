import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startDev } from "../test/support/dev-process.ts";
import { projectPath } from "../test/support/project-path.ts";
import { measure, printFigures } from "./measure.ts";
import { openWorkbench } from "./workbench.ts";

const mebibytes = 100;
const main = projectPath("dist/cli/main.js");

/** The Node that runs this, and the newer one of the tests if it is installed. */
const newer = projectPath("test/runtimes/node_modules/node-24/bin/node");
const nodes = [process.execPath, ...(existsSync(newer) ? [newer] : [])];

const versionOf = (node: string): string =>
  spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim();

await using bench = await openWorkbench();
const cache = join(bench.directory, "cache");
const { artifacts } = await bench.artifacts("100 MiB");
const [{ tagged: reference, blobUrl: blob }] = artifacts;

const file = join(bench.directory, "file");
const fetchAndHash = `curl -s -o ${file} ${blob} && openssl dgst -sha256 ${file}`;
const clear = async (): Promise<void> => {
  await Promise.all([rm(cache, { recursive: true, force: true }), rm(file, { force: true })]);
  spawnSync("sync");
};
printFigures(
  `Cold pull of ${mebibytes} MiB over loopback, whole process. Ours verifies while it loads, and syncs`,
  await measure(
    [
      { name: "curl, then openssl dgst", command: ["sh", "-c", fetchAndHash], prepare: clear },
      {
        name: "the same, then sync",
        command: ["sh", "-c", `${fetchAndHash} && sync -d ${file}`],
        prepare: clear,
      },
      ...nodes.map((node) => ({
        name: `greentic-dist pull, Node ${versionOf(node)}`,
        command: [node, main, "--cache-dir", cache, "pull", reference] as const,
        prepare: clear,
      })),
    ],
    10,
  ),
);

const pulled = spawnSync(process.execPath, [main, "--cache-dir", cache, "--json", "pull", reference], {
  encoding: "utf8",
});
const { digest } = JSON.parse(pulled.stdout) as { digest: string };
// A file that changed a moment ago is hashed once more; then its cache remembers that it is whole.
await sleep(2_500);
spawnSync(process.execPath, [main, "--cache-dir", cache, "pull", digest]);
for (const node of nodes) {
  printFigures(
    `Warm pull by digest, whole process, Node ${versionOf(node)}`,
    await measure(
      [
        { name: "node -e 0", command: [node, "-e", "0"] },
        { name: "greentic-dist pull", command: [node, main, "--cache-dir", cache, "pull", digest] },
        { name: "greentic-dist --version", command: [node, main, "--version"] },
      ],
      20,
    ),
  );
}

const served = join(bench.directory, "served");
await mkdir(join(served, "components"), { recursive: true });
await writeFile(
  join(served, "components/bench-1.0.0.wasm"),
  new Uint8Array(await (await fetch(blob)).arrayBuffer()),
);
await using dev = await startDev(["--root", served, "--quiet"]);
const servedBlob = `${dev.url}/v2/components/bench/blobs/${blob.slice(blob.indexOf("sha256:"))}`;
printFigures(
  `${mebibytes} MiB to curl, whole process`,
  await measure(
    [
      { name: "docker-registry", command: ["curl", "-sf", "-o", "/dev/null", blob] },
      { name: "greentic-dist dev", command: ["curl", "-sf", "-o", "/dev/null", servedBlob] },
    ],
    20,
  ),
);
