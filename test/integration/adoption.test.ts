import { mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { type Digest, hexOf } from "../../src/core/index.ts";
import { bytesOf, pushComponent } from "../support/artifacts.ts";
import { digestOf, filesBelow, readJsonFile, viewOf } from "../support/cache-files.ts";
import { openClient } from "../support/client.ts";
import { isBlob, isManifest } from "../support/faults.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp-dir.ts";

const repository = "acme/hello";
const wasm = bytesOf(3000, "rust");
const content = digestOf(wasm);
const named = { artifacts: { component_wasm: "hello.wasm" } };

/** How the Rust tool lays an artifact out in a folder. */
const layouts: readonly { readonly how: string; readonly lay: (folder: string) => Promise<unknown> }[] = [
  { how: "as a file", lay: (folder) => write(join(folder, "component.wasm"), wasm) },
  {
    how: "as a file with metadata.json",
    lay: async (folder) => {
      await write(join(folder, "component.wasm"), wasm);
      await write(join(folder, "metadata.json"), JSON.stringify(rustMetadata(content)));
    },
  },
  {
    how: "as an absolute link to a named file",
    lay: async (folder) => {
      await write(join(folder, "hello.wasm"), wasm);
      await write(join(folder, "component.manifest.json"), JSON.stringify(named));
      await symlink(join(folder, "hello.wasm"), join(folder, "component.wasm"));
    },
  },
];

test.each(layouts)(
  "an entry under its content's digest, $how, is served without a request",
  async ({ lay }) => {
    for (const offline of [true, false]) {
      await using dir = await tempDir();
      await lay(join(dir.path, hexOf(content)));
      await using cache = openClient(dir.path, { offline });
      for (let i = 0; i < 2; i++) {
        const pulled = await cache.client.ensureCached(content);
        expect(pulled).toMatchObject({ digest: content, fetched: false });
        expect(pulled.cachePath).toBe(viewOf(dir.path, content, "component.wasm"));
        expect((await readFile(pulled.cachePath)).equals(wasm)).toBe(true);
        await using open = await cache.client.openCached(content);
        expect(Buffer.from(await open.bytes()).equals(wasm)).toBe(true);
      }
    }
  },
);

test.each(layouts)(
  "an entry under its manifest's digest, $how, costs the request for the manifest and none for the blob",
  async ({ lay }) => {
    await using registry = await startRegistry();
    await using dir = await tempDir();
    const { manifestDigest, reference, pinned } = push(registry);
    await lay(join(dir.path, hexOf(manifestDigest)));
    await using offline = openClient(dir.path, { offline: true });
    await expect(offline.client.ensureCached(pinned)).rejects.toMatchObject({ code: "OFFLINE" });
    await expect(offline.client.ensureCached(manifestDigest)).rejects.toMatchObject({ code: "NOT_CACHED" });
    expect(registry.connections).toBe(0);
    await using cache = openClient(dir.path);
    const pulled = await cache.client.ensureCached(reference);
    expect(pulled).toMatchObject({ digest: manifestDigest, contentDigest: content });
    expect(registry.requests.filter(isManifest)).toHaveLength(1);
    expect(registry.requests.some(({ path }) => path.endsWith(content))).toBe(false);
    for (const asked of [pinned, manifestDigest, content]) {
      expect(await offline.client.ensureCached(asked)).toMatchObject({
        contentDigest: content,
        fetched: false,
      });
    }
    expect(await readJsonFile(viewOf(dir.path, manifestDigest, "metadata.json"))).toMatchObject({
      content_digest: content,
      resolved_digest: manifestDigest,
    });
  },
);

test("an adopted entry with its component manifest costs no blob at all", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  const { manifestDigest, pinned } = push(registry, named);
  const folder = join(dir.path, hexOf(manifestDigest));
  await write(join(folder, "component.wasm"), wasm);
  await write(join(folder, "component.manifest.json"), JSON.stringify(named));
  await using cache = openClient(dir.path);
  expect((await cache.client.ensureCached(pinned)).fetched).toBe(false);
  expect(registry.requests.filter(isBlob)).toEqual([]);
  expect(await readdir(folder)).toContain("hello.wasm");
});

test.each(layouts)(
  "a save takes what lies under its manifest's digest, $how, and asks for no blob of it",
  async ({ lay }) => {
    await using registry = await startRegistry();
    await using dir = await tempDir();
    const { manifestDigest, pinned } = push(registry);
    await lay(join(dir.path, "cache", hexOf(manifestDigest)));
    await using cache = openClient(join(dir.path, "cache"));
    await cache.client.saveBundle({ references: [pinned], output: join(dir.path, "bundle.tar") });
    expect(registry.requests.filter(isBlob)).toEqual([]);
  },
);

test("an entry of the Rust tool's newer layout is served without a request", async () => {
  await using dir = await tempDir();
  const hex = hexOf(content);
  const blob = join(dir.path, "artifacts/sha256", hex.slice(0, 2), hex.slice(2), "blob");
  await write(blob, wasm);
  await using cache = openClient(dir.path, { offline: true });
  const { cachePath, fetched } = await cache.client.ensureCached(content);
  expect([cachePath, fetched]).toEqual([viewOf(dir.path, content, "component.wasm"), false]);
  await rm(blob);
  expect((await readFile(cachePath)).equals(wasm)).toBe(true);
});

test("an entry whose bytes are not what its folder says is not adopted", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  const { manifestDigest, pinned } = push(registry);
  const wrong = bytesOf(3000, "wrong");
  const hex = hexOf(content);
  for (const folder of [viewOf(dir.path, content), viewOf(dir.path, manifestDigest)]) {
    await write(join(folder, "component.wasm"), wrong);
  }
  await write(join(dir.path, "artifacts/sha256", hex.slice(0, 2), hex.slice(2), "blob"), wrong);
  await using offline = openClient(dir.path, { offline: true });
  await expect(offline.client.ensureCached(content)).rejects.toMatchObject({ code: "NOT_CACHED" });
  await using cache = openClient(dir.path);
  await expect(cache.client.ensureCached(content)).rejects.toMatchObject({ code: "NOT_CACHED" });
  expect((await readFile(viewOf(dir.path, content, "component.wasm"))).equals(wrong)).toBe(true);
  const { cachePath, fetched } = await cache.client.ensureCached(pinned);
  expect(fetched).toBe(true);
  expect((await readFile(cachePath)).equals(wasm)).toBe(true);
  expect((await readFile(viewOf(dir.path, content, "component.wasm"))).equals(wasm)).toBe(true);
});

test("a link out of its folder is not followed, even to the right bytes", async () => {
  await using dir = await tempDir();
  const outside = join(dir.path, "outside.wasm");
  await writeFile(outside, wasm);
  for (const target of [outside, "../outside.wasm"]) {
    const folder = viewOf(dir.path, content);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
    await symlink(target, join(folder, "component.wasm"));
    await using cache = openClient(dir.path);
    await expect(cache.client.ensureCached(content)).rejects.toMatchObject({ code: "NOT_CACHED" });
  }
});

test("an adopted entry is this cache's own: the program that laid it out may write over its file", async () => {
  await using dir = await tempDir();
  const hex = hexOf(content);
  const blob = join(dir.path, "artifacts/sha256", hex.slice(0, 2), hex.slice(2), "blob");
  await write(blob, wasm);
  await using cache = openClient(dir.path, { offline: true });
  await cache.client.ensureCached(content);
  await writeFile(blob, "written over");
  await expect(
    cache.client.ensureCached(content).then(({ cachePath }) => readFile(cachePath, "utf8")),
  ).rejects.toMatchObject({ code: "NOT_CACHED" });
});

test("deleting .store loses manifests and what tags meant, and nothing else", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  const { manifestDigest, pinned, reference } = push(registry, named);
  await using cache = openClient(dir.path);
  await using offline = openClient(dir.path, { offline: true });
  await cache.client.ensureCached(reference);
  const views = (await filesBelow(dir.path)).filter((path) => !path.startsWith(".store/"));
  await rm(join(dir.path, ".store"), { recursive: true });
  registry.clearLog();
  expect(await offline.client.ensureCached(content)).toMatchObject({ fetched: false });
  await expect(offline.client.ensureCached(reference)).rejects.toMatchObject({ code: "OFFLINE" });
  await expect(offline.client.ensureCached(manifestDigest)).rejects.toMatchObject({ code: "NOT_CACHED" });
  expect((await cache.client.listCache()).map(({ digest }) => digest)).toEqual([manifestDigest]);
  expect(registry.connections).toBe(0);
  expect((await cache.client.ensureCached(pinned)).fetched).toBe(false);
  expect(registry.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
    `GET /v2/${repository}/manifests/${manifestDigest}`,
  ]);
  await using open = await cache.client.openCached(manifestDigest);
  expect(Buffer.from(await open.bytes()).equals(wasm)).toBe(true);
  expect((await filesBelow(dir.path)).filter((path) => !path.startsWith(".store/"))).toEqual(views);
});

function push(registry: Registry, componentManifest?: object) {
  const pushed = pushComponent(registry, { repository, tag: "1.0", wasm, componentManifest });
  return { ...pushed, pinned: `oci://${registry.host}/${repository}@${pushed.manifestDigest}` };
}

function rustMetadata(digest: Digest): object {
  return {
    original_reference: "ghcr.io/acme/hello:1.0",
    resolved_digest: digest,
    media_type: "application/wasm",
    fetched_at_unix_seconds: 1_700_000_000,
    size_bytes: wasm.length,
    manifest_digest: null,
    manifest_wasm_name: null,
  };
}

async function write(path: string, bytes: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
}
