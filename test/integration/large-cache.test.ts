import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bytesOf, pushComponent, type PushedComponent } from "../support/artifacts.ts";
import { blobOf, digestOf, viewOf } from "../support/cache-files.ts";
import type { DistClient } from "../../src/index.ts";
import { openClient } from "../support/client.ts";
import { installFailPoints } from "../support/fail-points.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { soakSeconds } from "../support/soak.ts";
import { type TempDir, tempDir } from "../support/temp-dir.ts";

const few = 10;
const many = soakSeconds === undefined ? 200 : 10_000;

let registry: Registry;
let pushed: PushedComponent;
let dir: TempDir;
beforeAll(async () => {
  registry = await startRegistry();
  pushed = pushComponent(registry, { repository: "acme/one", tag: "1", wasm: bytesOf(1000, "one of many") });
  dir = await tempDir();
  for (const count of [few, many]) await fill(rootOf(count), count);
}, 300_000);
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

const rootOf = (count: number): string => join(dir.path, String(count));

/** Makes a cache with so many entries, one of which is what was pushed. */
async function fill(root: string, count: number): Promise<void> {
  await using cache = openClient(root);
  await cache.client.ensureCached(pushed.reference);
  for (let i = 1; i < count; i++) {
    const bytes = bytesOf(100, `filler ${i}`);
    const digest = digestOf(bytes);
    await mkdir(viewOf(root, digest));
    await mkdir(dirname(blobOf(root, digest)), { recursive: true });
    await writeFile(blobOf(root, digest), bytes);
    await writeFile(viewOf(root, digest, "component.wasm"), bytes);
    const metadata = { resolved_digest: digest, content_digest: digest, size_bytes: bytes.length };
    await writeFile(viewOf(root, digest, "metadata.json"), JSON.stringify(metadata));
  }
}

/** The calls of the file system that pulls make of what is cached. */
async function callsOfPull(root: string): Promise<readonly string[]> {
  // By this clock what was only just written is old enough to be remembered.
  await using cache = openClient(root, { now: () => Date.now() + 10_000 });
  await cache.client.ensureCached(pushed.manifestDigest);
  const calls: string[] = [];
  using _ = await installFailPoints(root, ({ name, path }) =>
    calls.push(`${name} ${path.slice(root.length)}`),
  );
  const begin = performance.now();
  for (let i = 0; i < 20; i++) await cache.client.ensureCached(pushed.manifestDigest);
  console.log(`20 pulls: ${Math.round(performance.now() - begin)} ms`);
  return calls;
}

test(`a pull of what is cached does the same in a cache of ${few} entries and one of ${many}`, async () => {
  const [small, large] = [await callsOfPull(rootOf(few)), await callsOfPull(rootOf(many))];
  expect(small.length).toBeGreaterThan(20);
  expect(large.toSorted()).toEqual(small.toSorted());
});

test.each<[what: string, perEntry: number, work: (client: DistClient) => Promise<unknown>]>([
  ["to list it", 6, (client) => client.listCache()],
  ["to clean it up", 14, (client) => client.gc()],
  ["to verify it", 14, (client) => client.verifyCache()],
  ["to say what a sweep would remove", 48, (client) => client.gc({ maxBytes: 0, minAgeMs: 0, dryRun: true })],
])("%s asks the file system at most %i times for each entry", async (_, perEntry, work) => {
  const callsIn = async (count: number): Promise<number> => {
    await using cache = openClient(rootOf(count));
    let made = 0;
    using _points = await installFailPoints(rootOf(count), () => (made += 1));
    await work(cache.client);
    return made;
  };
  const [small, large] = [await callsIn(few), await callsIn(many)];
  console.log((large - small) / (many - few));
  expect(small).toBeGreaterThan(few);
  expect((large - small) / (many - few)).toBeLessThanOrEqual(perEntry);
});

test(`a cache of ${many} entries is listed and cleaned up whole`, async () => {
  await using cache = openClient(rootOf(many));
  const begin = performance.now();
  expect(await cache.client.listCache()).toHaveLength(many);
  const listed = performance.now();
  expect(await cache.client.gc()).toEqual({ removed: [], freedBytes: 0 });
  const collected = performance.now();
  const { removed } = await cache.client.gc({ maxBytes: 1000 * many, minAgeMs: 0 });
  const { rss } = process.memoryUsage();
  console.log(
    `listed in ${Math.round(listed - begin)} ms, collected in ${Math.round(collected - listed)} ms, swept ${removed.length} in ${Math.round(performance.now() - collected)} ms, ${Math.round(rss / 2 ** 20)} MiB`,
  );
});
