import { lstat, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hexOf } from "../../src/core/index.ts";
import { bytesOf, pushComponent, type PushedComponent } from "../support/artifacts.ts";
import { blobOf, digestOf, filesBelow, viewOf } from "../support/cache-files.ts";
import { openClient } from "../support/client.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp-dir.ts";

const componentManifest = { artifacts: { component_wasm: "hello.wasm" } };
const [older, newer] = [bytesOf(3000, "older"), bytesOf(4000, "newer")];

/** `cache gc` of the Rust tool: every folder of the root without a component.wasm goes, whatever it is. */
async function rustGc(root: string): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const entry of await readdir(root, { withFileTypes: true })) {
    const folder = join(root, entry.name);
    if (!entry.isDirectory() || (await isThere(join(folder, "component.wasm")))) continue;
    await rm(folder, { recursive: true });
    removed.push(entry.name);
  }
  return removed;
}

/** What its pull of a tag does: writes over what is there, with no temporary file, and makes its link absolute. */
async function rustPull(root: string, { manifestDigest }: PushedComponent, wasm: Uint8Array): Promise<void> {
  const folder = join(root, hexOf(manifestDigest));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "component.manifest.json"), JSON.stringify(componentManifest));
  await writeFile(join(folder, "hello.wasm"), wasm);
  await rm(join(folder, "component.wasm"), { force: true });
  await symlink(join(folder, "hello.wasm"), join(folder, "component.wasm"));
  const metadata = {
    original_reference: "oci://registry.example/a/b:1",
    resolved_digest: manifestDigest,
    media_type: "application/wasm",
    fetched_at_unix_seconds: 1_700_000_000,
    size_bytes: wasm.length,
    manifest_digest: manifestDigest,
    manifest_wasm_name: "hello.wasm",
  };
  await writeFile(join(folder, "metadata.json"), JSON.stringify(metadata, undefined, 2));
}

function push(registry: Registry, tag: string, wasm: Uint8Array): PushedComponent {
  return pushComponent(registry, { repository: "a/b", tag, wasm, componentManifest });
}

test("its cache gc takes neither our store nor an entry of ours that is whole", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  const pushed = push(registry, "1", older);
  await using cache = openClient(dir.path);
  await cache.client.ensureCached(pushed.reference);
  const before = await filesBelow(dir.path);
  expect(await rustGc(dir.path)).toEqual([]);
  expect(await filesBelow(dir.path)).toEqual(before);
});

test("what its cache gc took of ours, an entry without a component, is shown again without a download", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  const pushed = push(registry, "1", older);
  await using cache = openClient(dir.path);
  await cache.client.ensureCached(pushed.reference);
  for (const digest of [pushed.manifestDigest, pushed.contentDigest])
    await rm(viewOf(dir.path, digest, "component.wasm"));
  expect((await rustGc(dir.path)).length).toBe(2);
  registry.clearLog();
  const { cachePath, fetched } = await cache.client.ensureCached(pushed.manifestDigest);
  expect([fetched, (await readFile(cachePath)).equals(older)]).toEqual([false, true]);
  expect(registry.requests).toEqual([]);
});

test("without the file that guards it, our store goes too, and everything is found or fetched again", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  const pushed = push(registry, "1", older);
  await using cache = openClient(dir.path);
  await cache.client.ensureCached(pushed.reference);
  await rm(join(dir.path, ".store/component.wasm"));
  expect(await rustGc(dir.path)).toEqual([".store"]);
  const { cachePath } = await cache.client.ensureCached(pushed.reference);
  expect((await readFile(cachePath)).equals(older)).toBe(true);
  expect(registry.requests.some(({ path }) => path.endsWith(pushed.contentDigest))).toBe(true);
  expect(await isThere(join(dir.path, ".store/component.wasm"))).toBe(true);
});

test("its pull over an entry of ours, of the same bytes or of others, is found and mended at the next hand-out", async () => {
  await using registry = await startRegistry();
  for (const [wasm, isSame] of [
    [older, true],
    [newer, false],
  ] as const) {
    await using dir = await tempDir();
    const pushed = push(registry, "1", older);
    for (const now of [Date.now, hourOn]) {
      await using cache = openClient(dir.path, { now });
      await cache.client.ensureCached(pushed.reference);
    }
    // In place: where its file is a link to our blob, that changes with it.
    await rustPull(dir.path, pushed, wasm);
    await using cache = openClient(dir.path, { now: hourOn });
    for (const digest of [pushed.manifestDigest, pushed.contentDigest]) {
      const { cachePath } = await cache.client.ensureCached(
        digest === pushed.manifestDigest ? pushed.reference : digest,
      );
      expect((await readFile(cachePath)).equals(older)).toBe(true);
    }
    expect(digestOf(await readFile(blobOf(dir.path, pushed.contentDigest)))).toBe(pushed.contentDigest);
    expect((await cache.client.verifyCache()).bad).toEqual([]);
    if (isSame) continue;
    await using offline = openClient(dir.path, { offline: true });
    const { cachePath } = await offline.client.ensureCached(pushed.reference);
    expect((await readFile(cachePath)).equals(older)).toBe(true);
  }
});

test("offline, what its pull wrote over is a miss, never other bytes", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  const pushed = push(registry, "1", older);
  await using cache = openClient(dir.path);
  await cache.client.ensureCached(pushed.reference);
  const file = viewOf(dir.path, pushed.contentDigest, "hello.wasm");
  await rustPull(dir.path, pushed, newer);
  await writeFile(file, newer);
  await using offline = openClient(dir.path, { offline: true });
  await expect(offline.client.ensureCached(pushed.contentDigest)).rejects.toMatchObject({
    code: "NOT_CACHED",
  });
  await expect(offline.client.ensureCached(pushed.reference)).rejects.toMatchObject({ code: "OFFLINE" });
});

test("nothing of ours breaks an entry of its own: not a pull, a verify, a gc or a sweep of others", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  const theirs = push(registry, "theirs", older);
  const ours = push(registry, "ours", newer);
  await rustPull(dir.path, theirs, older);
  const hex = hexOf(digestOf("new layout"));
  const newLayout = join(dir.path, "artifacts/sha256", hex.slice(0, 2), hex.slice(2));
  await mkdir(newLayout, { recursive: true });
  await writeFile(join(newLayout, "blob"), "new layout");
  await writeFile(join(newLayout, "entry.json"), "{}");
  const state = async (): Promise<readonly string[]> =>
    Promise.all(
      (await filesBelow(dir.path))
        .filter((path) => path.startsWith("artifacts") || path.startsWith(hexOf(theirs.manifestDigest)))
        .map(async (path) => `${path} ${digestOf(await readFile(join(dir.path, path)))}`),
    );
  const before = await state();
  await using cache = openClient(dir.path);
  await cache.client.ensureCached(ours.reference);
  await cache.client.verifyCache();
  await cache.client.gc();
  await cache.client.removeCached([ours.manifestDigest]);
  await cache.client.gc();
  expect(await state()).toEqual(before);
  expect(before).toHaveLength(6);
});

function hourOn(): number {
  return Date.now() + 3_600_000;
}

async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}
