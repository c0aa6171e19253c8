import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { bytesOf, pushComponent } from "../test/support/artifacts.ts";
import { projectPath } from "../test/support/project-path.ts";
import { startRegistry } from "../test/support/registry.ts";
import { startDockerRegistry } from "../test/support/servers.ts";
import { tempDir } from "../test/support/temp-dir.ts";

/** How many processes, each with an empty cache of its own, are one fleet. */
const fleets = [1, 10, 50];
/** How many of them run at a time: a machine is no cluster. */
const atOnce = 10;
const mebibytes = 5;
const main = projectPath("dist/cli/main.cjs");

/** What an origin was asked for by one fleet. */
interface Row {
  readonly setup: string;
  readonly nodes: number;
  readonly manifests: number;
  readonly blobs: number;
  readonly mebibytes: string;
}

await using dir = await tempDir();
const rows: Row[] = [];
const setups = ["the registry alone", "a cache that is empty", "a cache that one node has filled"] as const;
for (const nodes of fleets) for (const setup of setups) rows.push(await run(setup, nodes));
console.table(rows);

/** Lets a fleet pull one pinned component that nobody has yet, and counts what reaches the registry. */
async function run(setup: (typeof setups)[number], nodes: number): Promise<Row> {
  await using origin = await startRegistry();
  const wasm = bytesOf(mebibytes * 1024 * 1024, nodes);
  const { manifestDigest } = pushComponent(origin, { repository: "bench/fleet", wasm });
  await using cache = await startDockerRegistry({ cacheOf: origin.url });
  const certs = join(dir.path, crypto.randomUUID());
  await mkdir(join(certs, origin.host), { recursive: true });
  if (setup !== "the registry alone") {
    await writeFile(join(certs, origin.host, "hosts.toml"), `[host."${cache.url}"]\n`);
  }
  const reference = `${origin.host}/bench/fleet@${manifestDigest}`;
  if (setup === "a cache that one node has filled") {
    await pull(reference, join(dir.path, crypto.randomUUID()), certs);
    // The cache answers first, and writes down afterwards.
    await sleep(2_000);
  }
  origin.clearLog();
  const queue = Array.from({ length: nodes }, () => join(dir.path, crypto.randomUUID()));
  const worker = async (): Promise<void> => {
    for (let root = queue.pop(); root !== undefined; root = queue.pop()) await pull(reference, root, certs);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, nodes) }, worker));
  const gets = origin.requests.filter(({ method }) => method === "GET");
  const bytes = gets.reduce((sum, { bytesSent }) => sum + bytesSent, 0);
  return {
    setup,
    nodes,
    manifests: gets.filter(({ path }) => path.includes("/manifests/")).length,
    blobs: gets.filter(({ path }) => path.includes("/blobs/")).length,
    mebibytes: (bytes / 1024 / 1024).toFixed(1),
  };
}

async function pull(reference: string, root: string, certs: string): Promise<void> {
  const env = { PATH: process.env["PATH"], HOME: root, GREENTIC_OCI_CERTS_DIR: certs };
  const args = [main, "--cache-dir", root, "--quiet", "pull", reference];
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "ignore", "inherit"] });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`a node failed with ${code}`);
}
