import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { bytesOf } from "../test/support/artifacts.ts";
import { startDev } from "../test/support/dev-process.ts";
import { projectPath } from "../test/support/project-path.ts";
import { startDockerRegistry } from "../test/support/servers.ts";
import { tempDir } from "../test/support/temp-dir.ts";
import { measure, printFigures } from "./measure.ts";

const mebibytes = 100;
const main = projectPath("dist/cli/main.js");

/** The Node that runs this, and the newer one of the tests if it is installed. */
const newer = projectPath("test/runtimes/node_modules/node-24/bin/node");
const nodes = [process.execPath, ...(existsSync(newer) ? [newer] : [])];

/** Puts a component into a registry over HTTP and returns the address and digest of its blob. */
async function push(registry: string, repository: string, bytes: Uint8Array): Promise<string> {
  const upload = async (content: Uint8Array): Promise<string> => {
    const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
    const begun = await fetch(`${registry}/v2/${repository}/blobs/uploads/`, { method: "POST" });
    const target = new URL(begun.headers.get("location") ?? "", registry);
    target.searchParams.set("digest", digest);
    const headers = { "content-type": "application/octet-stream" };
    const done = await fetch(target, { method: "PUT", body: new Uint8Array(content), headers });
    if (!done.ok) throw new Error(`the registry answered ${done.status}`);
    return digest;
  };
  const digest = await upload(bytes);
  const config = await upload(new TextEncoder().encode("{}"));
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: { mediaType: "application/vnd.oci.empty.v1+json", digest: config, size: 2 },
    layers: [{ mediaType: "application/wasm", digest, size: bytes.length }],
  };
  const headers = { "content-type": mediaType };
  const url = `${registry}/v2/${repository}/manifests/1`;
  await fetch(url, { method: "PUT", body: JSON.stringify(manifest), headers });
  return `${registry}/v2/${repository}/blobs/${digest}`;
}

const versionOf = (node: string): string =>
  spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim();

await using registry = await startDockerRegistry();
await using dir = await tempDir();
const cache = join(dir.path, "cache");
const reference = `${new URL(registry.url).host}/bench/component:1`;
const bytes = bytesOf(mebibytes * 1024 * 1024, 1);
const blob = await push(registry.url, "bench/component", bytes);

const file = join(dir.path, "file");
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

const served = join(dir.path, "served");
await mkdir(join(served, "components"), { recursive: true });
await writeFile(join(served, "components/bench-1.0.0.wasm"), bytes);
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
