import { mkdir, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hexOf } from "../../src/core/index.ts";
import { bytesOf, pushComponent, pushIndex } from "../support/artifacts.ts";
import { blobOf, digestOf, filesBelow, memoOf, viewFolders, viewOf } from "../support/cache-files.ts";
import { openClient } from "../support/client.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp-dir.ts";

const repository = "acme/hello";
const named = { artifacts: { component_wasm: "hello.wasm" } };

test("each artifact is listed once, under its resolved digest, with what is known of it", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path, { now: () => 1_700_000_000_000 });
  const pushed = push(registry, "a", { componentManifest: named });
  const file = join(dir.path, "b.wasm");
  await writeFile(file, bytesOf(7, "b"));
  await cache.client.ensureCached(pushed.reference);
  const local = await cache.client.ensureCached(file);
  const entries = await cache.client.listCache();
  expect(entries).toHaveLength(2);
  expect(entries.map(({ digest }) => digest)).toEqual([pushed.manifestDigest, local.digest].toSorted());
  expect(entries.find(({ digest }) => digest === pushed.manifestDigest)).toEqual({
    digest: pushed.manifestDigest,
    contentDigest: pushed.contentDigest,
    kind: "component",
    sizeBytes: 2000,
    mediaType: "application/vnd.wasm.component.v1+wasm",
    reference: pushed.reference,
    fetchedAt: 1_700_000_000_000,
    lastUsedAt: 1_700_000_000_000,
  });
  expect(entries.find(({ digest }) => digest === local.digest)).toMatchObject({
    contentDigest: local.digest,
    sizeBytes: 7,
    mediaType: "application/wasm",
    reference: file,
  });
});

test("one content under two manifests is two artifacts, and not three", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const both = await pullTwins(registry, cache);
  expect((await cache.client.listCache()).map(({ digest }) => digest)).toEqual(
    both.map(({ manifestDigest }) => manifestDigest).toSorted(),
  );
});

test("a folder that another program seeded is listed, can be removed, and then is gone", async () => {
  await using dir = await tempDir();
  const hex = "ab".repeat(32);
  await mkdir(join(dir.path, hex));
  await writeFile(join(dir.path, hex, "component.wasm"), "legacy");
  await using cache = openClient(dir.path);
  expect(await cache.client.listCache()).toEqual([
    {
      digest: `sha256:${hex}`,
      contentDigest: undefined,
      kind: "component",
      sizeBytes: 6,
      mediaType: undefined,
      reference: undefined,
      fetchedAt: undefined,
      lastUsedAt: undefined,
    },
  ]);
  await cache.client.removeCached([`sha256:${hex}`]);
  expect(await cache.client.listCache()).toEqual([]);
  expect(await viewFolders(dir.path)).toEqual([]);
});

test("what is named by no digest is not listed, and a cache that is not there lists nothing", async () => {
  await using dir = await tempDir();
  for (const name of ["notes", "AB".repeat(32), "ab".repeat(31), "artifacts"])
    await mkdir(join(dir.path, name));
  await writeFile(join(dir.path, "cd".repeat(32)), "a file");
  await symlink("/etc", join(dir.path, "ef".repeat(32)));
  await using cache = openClient(dir.path);
  expect(await cache.client.listCache()).toEqual([]);
  await using none = openClient(join(dir.path, "nowhere"));
  expect(await none.client.listCache()).toEqual([]);
  await none.client.removeCached([digestOf("x")]);
  expect(await filesBelow(join(dir.path, "nowhere"))).toEqual([]);
});

test("a content whose manifest's folder was taken away by hand is listed by its own digest", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const { reference, manifestDigest, contentDigest } = push(registry, "a");
  await cache.client.ensureCached(reference);
  await rm(viewOf(dir.path, manifestDigest), { recursive: true });
  expect((await cache.client.listCache()).map(({ digest }) => digest)).toEqual([contentDigest]);
});

test("removing a manifest's digest takes its entry, and the content when nothing else names it", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const kept = push(registry, "kept");
  await cache.client.ensureCached(kept.reference);
  const before = await filesBelow(dir.path);
  const pushed = push(registry, "gone", { componentManifest: named });
  await cache.client.ensureCached(pushed.reference);
  await cache.client.removeCached([pushed.manifestDigest]);
  expect((await filesBelow(dir.path)).filter((path) => !path.includes("/refs/"))).toEqual(
    before.filter((path) => !path.includes("/refs/")),
  );
  await using offline = openClient(dir.path, { offline: true });
  await expect(offline.client.ensureCached(pushed.reference)).rejects.toMatchObject({ code: "OFFLINE" });
  for (const digest of [pushed.manifestDigest, pushed.contentDigest]) {
    await expect(offline.client.ensureCached(digest)).rejects.toMatchObject({ code: "NOT_CACHED" });
  }
  expect((await offline.client.ensureCached(kept.reference)).fetched).toBe(false);
});

test("removing one of two manifests of a content keeps the other whole; removing the other takes the content", async () => {
  await using registry = await startRegistry();
  for (const order of [0, 1]) {
    await using dir = await tempDir();
    await using cache = openClient(dir.path);
    const both = await pullTwins(registry, cache);
    const [first, second] = order === 0 ? both : both.toReversed();
    await cache.client.removeCached([first!.manifestDigest]);
    const held = [second!.manifestDigest, second!.contentDigest];
    expect(await viewFolders(dir.path)).toEqual(held.map(hexOf).toSorted());
    expect(await filesBelow(dir.path)).toContain(
      blobOf(dir.path, second!.contentDigest).slice(dir.path.length + 1),
    );
    await using offline = openClient(dir.path, { offline: true });
    expect(await offline.client.ensureCached(second!.reference)).toMatchObject({ fetched: false });
    expect(await offline.client.ensureCached(second!.contentDigest)).toMatchObject({ fetched: false });
    await cache.client.removeCached([second!.manifestDigest]);
    expect(await viewFolders(dir.path)).toEqual([]);
    await expect(offline.client.ensureCached(second!.contentDigest)).rejects.toMatchObject({
      code: "NOT_CACHED",
    });
  }
});

test("a component manifest that two artifacts share stays in the store until both are gone", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const both = ["a", "b"].map((seed) => push(registry, seed, { componentManifest: named }));
  for (const { reference } of both) await cache.client.ensureCached(reference);
  const companion = blobOf(dir.path, digestOf(JSON.stringify(named))).slice(dir.path.length + 1);
  await cache.client.removeCached([both[0]!.manifestDigest]);
  expect(await filesBelow(dir.path)).toContain(companion);
  await cache.client.removeCached([both[1]!.manifestDigest]);
  expect(await filesBelow(dir.path)).not.toContain(companion);
});

test("removing a content's digest takes everything that holds it", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const both = await pullTwins(registry, cache);
  const { contentDigest } = both[0]!;
  await cache.client.removeCached([contentDigest]);
  expect(await viewFolders(dir.path)).toEqual([]);
  for (const digest of [contentDigest, ...both.map(({ manifestDigest }) => manifestDigest)]) {
    const left = await filesBelow(dir.path);
    for (const path of [blobOf(dir.path, digest), memoOf(dir.path, digest)]) {
      expect(left).not.toContain(path.slice(dir.path.length + 1));
    }
  }
});

test("removing an index's digest takes what it lists, through nested indexes too", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const other = push(registry, "other");
  const { descriptor, contentDigest } = push(registry, "one");
  const inner = pushIndex(registry, { repository, manifests: [{ descriptor }] });
  const outer = pushIndex(registry, { repository, manifests: [{ descriptor: inner.descriptor }] });
  for (const { reference } of [other, outer]) await cache.client.ensureCached(reference);
  await cache.client.removeCached([outer.digest]);
  expect((await cache.client.listCache()).map(({ digest }) => digest)).toEqual([other.manifestDigest]);
  await using offline = openClient(dir.path, { offline: true });
  for (const digest of [outer.digest, inner.digest, descriptor.digest, contentDigest]) {
    await expect(offline.client.ensureCached(digest)).rejects.toMatchObject({ code: "NOT_CACHED" });
  }
});

test("a file that is cached by its content is removed by that digest, and a manifest leaves it alone", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(join(dir.path, "cache"));
  const pushed = push(registry, "other");
  await cache.client.ensureCached(pushed.reference);
  const file = join(dir.path, "hello.wasm");
  await writeFile(file, "hello");
  const { digest, cachePath } = await cache.client.ensureCached(file);
  await cache.client.removeCached([pushed.manifestDigest]);
  expect(await cache.client.ensureCached(digest)).toMatchObject({ cachePath, fetched: false });
  await cache.client.removeCached([digest]);
  await expect(cache.client.ensureCached(digest)).rejects.toMatchObject({ code: "NOT_CACHED" });
});

test("unknown digests are no error, and removing twice is removing once", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const { reference, manifestDigest, contentDigest } = push(registry, "a");
  await cache.client.ensureCached(reference);
  await cache.client.removeCached([digestOf("unknown"), manifestDigest, manifestDigest, contentDigest]);
  await cache.client.removeCached([manifestDigest]);
  await cache.client.removeCached([]);
  expect(await cache.client.listCache()).toEqual([]);
  expect((await cache.client.ensureCached(reference)).fetched).toBe(true);
});

test("anything that is no digest is refused before the disk is touched", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const { reference, manifestDigest } = push(registry, "a");
  await cache.client.ensureCached(reference);
  const before = await filesBelow(dir.path);
  for (const text of [
    "",
    ".",
    "..",
    "../..",
    "/",
    "sha256:",
    "sha256:../../..",
    `sha256:${"A".repeat(64)}`,
    `sha256:${"a".repeat(63)}/`,
    `sha256:${"a".repeat(65)}`,
    ` ${manifestDigest}`,
    hexOf(manifestDigest),
    reference,
    "__proto__",
  ]) {
    await expect(cache.client.removeCached([manifestDigest, text])).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
    await expect(cache.client.fetchDigest(text)).rejects.toMatchObject({ code: "INVALID_INPUT" });
  }
  expect(await filesBelow(dir.path)).toEqual(before);
});

test("files that are not the cache's own are never removed", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const { reference, manifestDigest, contentDigest } = push(registry, "a");
  await cache.client.ensureCached(reference);
  await using elsewhere = await tempDir();
  await writeFile(join(elsewhere.path, "precious.txt"), "x");
  await writeFile(join(dir.path, "precious.txt"), "x");
  await rm(viewOf(dir.path, contentDigest), { recursive: true });
  await symlink(elsewhere.path, join(dir.path, hexOf(contentDigest)));
  await cache.client.removeCached([manifestDigest, contentDigest]);
  expect(await readdir(elsewhere.path)).toEqual(["precious.txt"]);
  expect(await readdir(dir.path)).toContain("precious.txt");
});

function push(registry: Registry, seed: string, options: { readonly componentManifest?: object } = {}) {
  return pushComponent(registry, { repository, tag: seed, wasm: bytesOf(2000, seed), ...options });
}

/** Two manifests with one content. */
async function pullTwins(registry: Registry, { client }: ReturnType<typeof openClient>) {
  const both = ["1", "2"].map((tag) =>
    pushComponent(registry, { repository, tag, wasm: bytesOf(2000, "twins"), annotations: { tag } }),
  );
  for (const { reference } of both) await client.ensureCached(reference);
  return both;
}
