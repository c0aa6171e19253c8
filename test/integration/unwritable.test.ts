import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hexOf } from "../../src/core/index.ts";
import { asNobody } from "../support/as-nobody.ts";
import { bytesOf, pushComponent } from "../support/artifacts.ts";
import { digestOf } from "../support/cache-files.ts";
import { openClient } from "../support/client.ts";
import { startRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp-dir.ts";

const wasm = bytesOf(2000, "read-only");

test("a file that may not be read says so", async () => {
  await using dir = await tempDir();
  await chmod(dir.path, 0o755);
  const file = join(dir.path, "secret.wasm");
  await writeFile(file, "x");
  await using cache = openClient(join(dir.path, "cache"));
  await cache.client.resolveRef(file);
  await chmod(file, 0);
  await asNobody(async () => {
    await expect(cache.client.resolveRef(file)).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: expect.stringContaining("permission denied"),
    });
  });
});

test("a cache that cannot be written serves what it holds, by every reference, and misses the rest", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  const root = join(dir.path, "cache");
  const pushed = pushComponent(registry, { repository: "acme/hello", tag: "1.0", wasm });
  const absent = digestOf("absent");
  await using cache = openClient(root);
  await using offline = openClient(root, { offline: true });
  // Once as its owner, to make it, and to load all code.
  await cache.client.ensureCached(pushed.reference);
  await offline.client.ensureCached(pushed.reference);
  await readableTree(dir.path);
  await asNobody(async () => {
    for (const reference of [pushed.reference, pushed.manifestDigest, pushed.contentDigest]) {
      for (const { client } of [cache, offline]) {
        const { cachePath, fetched } = await client.ensureCached(reference);
        expect(fetched).toBe(false);
        expect((await readFile(cachePath)).equals(wasm)).toBe(true);
        await using open = await client.openCached(reference);
        expect(Buffer.from(await open.bytes()).equals(wasm)).toBe(true);
      }
    }
    expect(await cache.client.listCache()).toHaveLength(1);
    await expect(cache.client.ensureCached(absent)).rejects.toMatchObject({ code: "NOT_CACHED" });
    await expect(cache.client.removeCached([pushed.manifestDigest])).rejects.toMatchObject({ code: "IO" });
    // Nobody is the effective user only, which access(2) does not look at: so nothing is kept in a temporary folder.
    const other = pushComponent(registry, { repository: "acme/other", tag: "1.0", wasm: bytesOf(9, 9) });
    await expect(cache.client.ensureCached(other.reference)).rejects.toMatchObject({
      code: "IO",
      hint: expect.stringContaining("write access"),
    });
    expect((await cache.client.resolveRef(other.reference)).digest).toBe(other.manifestDigest);
    expect(cache.warnings()).toContain("CACHE_NOT_WRITABLE");
  });
  expect((await cache.client.ensureCached(pushed.reference)).fetched).toBe(false);
});

test("an entry of the Rust tool in a cache that cannot be written is served where it lies", async () => {
  await using dir = await tempDir();
  const digest = digestOf(wasm);
  const folder = join(dir.path, "cache", hexOf(digest));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "component.wasm"), wasm);
  await using cache = openClient(join(dir.path, "cache"), { offline: true });
  await readableTree(dir.path);
  await asNobody(async () => {
    const { cachePath, fetched } = await cache.client.ensureCached(digest);
    expect([cachePath, fetched]).toEqual([join(folder, "component.wasm"), false]);
    await using open = await cache.client.openCached(digest);
    expect(Buffer.from(await open.bytes()).equals(wasm)).toBe(true);
  });
  expect(await readdir(join(dir.path, "cache"))).toEqual([hexOf(digest)]);
});

/** Lets everyone read below `root`, and nobody but its owner write. */
async function readableTree(root: string): Promise<void> {
  await chmod(root, 0o755);
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    await chmod(path, entry.isDirectory() ? 0o755 : 0o644);
  }
}
