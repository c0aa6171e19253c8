import { cp, readdir, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DistClient } from "../../src/index.ts";
import { bytesOf, pushComponent, type PushedComponent } from "../support/artifacts.ts";
import { blobOf, viewOf } from "../support/cache-files.ts";
import { openClient } from "../support/client.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { complaintsAbout } from "../support/sound-cache.ts";
import { type TempDir, tempDir } from "../support/temp-dir.ts";

let registry: Registry;
let dir: TempDir;
let held: PushedComponent;
let other: PushedComponent;
beforeAll(async () => {
  [registry, dir] = [await startRegistry(), await tempDir()];
  held = pushComponent(registry, { repository: "acme/held", tag: "1", wasm: bytesOf(3000, "held") });
  other = pushComponent(registry, { repository: "acme/other", tag: "1", wasm: bytesOf(3000, "other") });
  await using cache = openClient(join(dir.path, "original"));
  await cache.client.ensureCached(held.reference);
});
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

/** Copies the cache as Git would, or a tool that passes over empty folders. */
async function copyWithoutEmptyFolders(root: string): Promise<void> {
  await cp(join(dir.path, "original"), root, { recursive: true, verbatimSymlinks: true });
  await removeEmptyFolders(root);
}

/** Whether `folder` was empty, and is gone. */
async function removeEmptyFolders(folder: string): Promise<boolean> {
  const entries = await readdir(folder, { withFileTypes: true });
  let left = entries.length;
  for (const entry of entries) {
    if (entry.isDirectory() && (await removeEmptyFolders(join(folder, entry.name)))) left -= 1;
  }
  if (left === 0) await rmdir(folder);
  return left === 0;
}

const all = { maxBytes: 0, minAgeMs: 0 };

const uses: readonly (readonly [
  what: string,
  use: (client: DistClient, root: string) => Promise<unknown>,
])[] = [
  ["a pull of what it holds", (client) => client.ensureCached(held.reference)],
  ["a pull of something else", (client) => client.ensureCached(other.reference)],
  [
    "a pull of what it no longer shows",
    async (client, root) => {
      await writeFile(viewOf(root, held.manifestDigest, "component.wasm"), "bad");
      await client.ensureCached(held.reference);
    },
  ],
  [
    "holding something open",
    async (client) => {
      await using artifact = await client.openCached(held.reference);
      await client.gc(all);
      expect(await artifact.bytes()).toHaveLength(3000);
    },
  ],
  ["a pin", (client) => client.pin(held.reference)],
  ["cache gc", (client) => client.gc()],
  [
    "cache gc of a folder that is broken and holds what is not ours",
    async (client, root) => {
      await writeFile(viewOf(root, held.manifestDigest, "component.wasm"), "bad");
      await writeFile(viewOf(root, held.manifestDigest, "notes.txt"), "mine");
      expect((await client.gc()).removed).toContain(held.manifestDigest);
      expect(await readdir(join(root, ".store/v1/quarantine"))).toHaveLength(1);
    },
  ],
  ["cache gc --max-bytes", async (client) => expect((await client.gc(all)).removed).toHaveLength(1)],
  [
    "cache verify --repair",
    async (client, root) => {
      await writeFile(blobOf(root, held.contentDigest), "bad");
      const { bad } = await client.verifyCache({ repair: true });
      expect(bad.every(({ repaired }) => repaired)).toBe(true);
    },
  ],
  ["cache rm", (client) => client.removeCached([held.manifestDigest])],
  ["cache ls", async (client) => expect(await client.listCache()).toHaveLength(1)],
  [
    "cache info",
    async (client) => expect(await client.cacheInfo()).toMatchObject({ artifacts: 1, quarantined: 0 }),
  ],
];

test.each(uses)("a copy that lacks every empty folder of the cache is good for %s", async (what, use) => {
  const root = join(dir.path, what.replaceAll(" ", "-"));
  await copyWithoutEmptyFolders(root);
  await using cache = openClient(root);
  await use(cache.client, root);
  expect(await complaintsAbout(root, [held, other])).toEqual([]);
});

test("a client goes on when the empty folders of its cache are cleared away meanwhile, or the whole store", async () => {
  const root = join(dir.path, "cleared");
  await using cache = openClient(root);
  await cache.client.ensureCached(held.reference);
  await removeEmptyFolders(root);
  await cache.client.ensureCached(other.reference);
  await rm(join(root, ".store"), { recursive: true });
  await cache.client.ensureCached(held.reference);
  expect(cache.warned()).toEqual([]);
  expect(await complaintsAbout(root, [held, other])).toEqual([]);
});
