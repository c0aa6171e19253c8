import { copyFile, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Digest, hexOf } from "../../src/core/index.ts";
import { bytesOf, pushComponent, pushIndex } from "../support/artifacts.ts";
import { blobOf, digestOf, filesBelow, viewFolders, viewOf } from "../support/cache-files.ts";
import { openClient } from "../support/client.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { type TempDir, tempDir } from "../support/temp-dir.ts";

const repository = "acme/hello";
const componentManifest = { name: "hello", artifacts: { component_wasm: "hello.wasm" } };
const companion = digestOf(JSON.stringify(componentManifest));
const hour = 60 * 60 * 1000;

describe("gc", () => {
  test("removes folders that are empty, and another program's entry whose file is gone; they are not listed", async () => {
    await using cache = await filledCache();
    const { root, client } = cache;
    const listed = await client.listCache();
    await mkdir(join(root, "cd".repeat(32)));
    await seedFolder(root, "ef".repeat(32), "notes.txt", "not an artifact");
    expect(await client.listCache()).toEqual(listed);
    await seedFolder(root, "ab".repeat(32), "metadata.json", rustMetadata);
    const gone = [`sha256:${"ab".repeat(32)}`, `sha256:${"cd".repeat(32)}`];
    expect((await client.gc({ dryRun: true })).removed).toEqual(gone);
    expect((await client.gc()).removed).toEqual(gone);
    expect((await client.gc()).removed).toEqual([]);
    expect(await readdir(join(root, "ef".repeat(32)))).toEqual(["notes.txt"]);
  });

  test("keeps what is whole, whoever made it, and does nothing where no cache is", async () => {
    await using cache = await filledCache();
    const { root, client } = cache;
    await seedFolder(root, "ab".repeat(32), "component.wasm", "another program's, under a manifest's digest");
    await seedFolder(root, "cd".repeat(32), "notes.txt", "not a component at all");
    await writeFile(join(root, "notes.txt"), "mine");
    const before = await artifactFiles(root);
    expect((await client.gc()).removed).toEqual([]);
    expect(await artifactFiles(root)).toEqual(before);
    await using nowhere = openClient(join(root, "nowhere"));
    expect((await nowhere.client.gc()).removed).toEqual([]);
    expect(await readdir(root)).not.toContain("nowhere");
  });

  test("removes entries whose files are gone or changed, and the next pull brings them again", async () => {
    await using cache = await filledCache();
    const { root, client, pushed } = cache;
    await rm(viewOf(root, pushed.manifestDigest, "hello.wasm"));
    await replaceByte(blobOf(root, companion));
    const broken = [pushed.manifestDigest, companion].toSorted();
    expect((await client.gc({ dryRun: true })).removed).toEqual(broken);
    expect(await viewFolders(root)).toContain(hexOf(pushed.manifestDigest));
    expect((await client.gc()).removed).toEqual(broken);
    expect(await viewFolders(root)).toEqual([hexOf(pushed.contentDigest)]);
    expect((await client.gc()).removed).toEqual([]);
    await client.ensureCached(pushed.reference);
    expect(await client.verifyCache()).toMatchObject({ bad: [] });
  });

  test("a dry run removes nothing", async () => {
    await using cache = await filledCache();
    const { root, client, pushed } = cache;
    await replaceByte(blobOf(root, pushed.contentDigest));
    await leaveBehind(root, 48);
    await mkdir(join(root, ".store/v1/trash/x"));
    const before = await artifactFiles(root);
    expect((await client.gc({ dryRun: true })).removed).toEqual([pushed.contentDigest]);
    expect(await artifactFiles(root)).toEqual(before);
    expect(await readdir(join(root, ".store/v1/trash"))).toEqual(["x"]);
  });

  test("removes what was left in the making a day ago, and nothing younger", async () => {
    await using cache = await filledCache();
    const { root, client } = cache;
    const [old, young, grown] = await Promise.all([
      leaveBehind(root, 25),
      leaveBehind(root, 23),
      leaveBehind(root, 25),
    ]);
    await writeFile(join(root, ".store/v1/ingest", grown, "data"), "still growing");
    const future = await leaveBehind(root, -1000);
    await client.gc();
    expect((await readdir(join(root, ".store/v1/ingest"))).toSorted()).toEqual(
      [young, grown, future].toSorted(),
    );
    expect(old).not.toBe(young);
  });

  test("a clock that is a year ahead makes nothing older", async () => {
    await using cache = await filledCache();
    await using ahead = openClient(cache.root, { now: () => Date.now() + 365 * 24 * hour });
    const young = await leaveBehind(cache.root, 0);
    await ahead.client.gc();
    expect(await readdir(join(cache.root, ".store/v1/ingest"))).toEqual([young]);
  });

  test("empties the trash, and forgets references whose artifact is gone", async () => {
    await using cache = await filledCache();
    const { root, client } = cache;
    const trash = join(root, ".store/v1/trash");
    await mkdir(join(trash, "x"));
    await writeFile(join(trash, "x", "data"), "x");
    const refs = join(root, ".store/v1/refs");
    await client.gc();
    expect(await readdir(trash)).toEqual([]);
    expect(await readdir(refs)).toHaveLength(2);
    await writeFile(join(refs, "notes.txt"), "mine");
    await client.removeCached([cache.index]);
    await client.gc();
    expect(await readdir(refs)).toEqual(["notes.txt"]);
  });

  test("an entry that may still be in the making is left alone", async () => {
    await using cache = await filledCache();
    const { root, client, pushed } = cache;
    await rm(viewOf(root, pushed.manifestDigest, "hello.wasm"));
    await leaveBehind(root, 0);
    expect((await client.gc()).removed).toEqual([]);
    expect((await client.verifyCache()).bad).toEqual([]);
    await rm(join(root, ".store/v1/ingest"), { recursive: true });
    expect((await client.gc()).removed).toEqual([pushed.manifestDigest]);
  });

  test("pulls that go on meanwhile come to their end", async () => {
    await using cache = await filledCache();
    const { root, client, pushed } = cache;
    await using other = openClient(root);
    for (let round = 0; round < 20; round += 1) {
      await client.removeCached([pushed.manifestDigest]);
      const [{ cachePath }] = await Promise.all([
        other.client.ensureCached(pushed.reference),
        client.gc(),
        client.verifyCache(),
      ]);
      expect((await readFile(cachePath)).equals(bytesOf(2000, "hello"))).toBe(true);
    }
  });

  test("files that are not ours in a broken entry are kept", async () => {
    await using cache = await filledCache();
    const { root, client, pushed } = cache;
    await rm(viewOf(root, pushed.manifestDigest, "hello.wasm"));
    await writeFile(viewOf(root, pushed.manifestDigest, "precious.txt"), "x");
    expect((await client.gc()).removed).toEqual([pushed.manifestDigest]);
    const [kept] = await readdir(join(root, ".store/v1/quarantine"));
    expect(await readdir(join(root, ".store/v1/quarantine", kept!))).toContain("precious.txt");
  });
});

/** Every kind of file that is hashed. */
const kinds: readonly (readonly [what: string, path: (cache: FilledCache) => string])[] = [
  ["a component's blob", ({ root, pushed }) => blobOf(root, pushed.contentDigest)],
  ["a manifest's blob", ({ root, pushed }) => blobOf(root, pushed.manifestDigest)],
  ["a component manifest's blob", ({ root }) => blobOf(root, companion)],
  ["an index's blob", ({ root, index }) => blobOf(root, index)],
  [
    "the component of a manifest's folder",
    ({ root, pushed }) => viewOf(root, pushed.manifestDigest, "hello.wasm"),
  ],
  [
    "the component of a content's folder",
    ({ root, pushed }) => viewOf(root, pushed.contentDigest, "hello.wasm"),
  ],
  [
    "the component manifest of a manifest's folder",
    ({ root, pushed }) => viewOf(root, pushed.manifestDigest, "component.manifest.json"),
  ],
  [
    "the component manifest of a content's folder",
    ({ root, pushed }) => viewOf(root, pushed.contentDigest, "component.manifest.json"),
  ],
];

describe.each(kinds)("%s", (_what, pathIn) => {
  test.each([
    ["changed", replaceByte],
    ["changed by who can hide it", changeUnseen],
    ["cut short", (path: string) => replaceWith(path, (bytes) => bytes.subarray(1))],
  ])("that was %s is found, put aside, and mended", async (_how, damage) => {
    await using cache = await filledCache();
    const { root, client } = cache;
    const path = pathIn(cache);
    await damage(path);
    const { bad } = await client.verifyCache({ repair: true });
    expect(bad.length).toBeGreaterThan(0);
    expect(bad.map((file) => file.path)).toContain(path);
    expect(bad.every(({ repaired, expected, actual }) => repaired && actual !== expected)).toBe(true);
    expect(await readdir(join(root, ".store/v1/quarantine"))).toHaveLength(bad.length);
    expect(await client.verifyCache()).toMatchObject({ bad: [] });
    await using offline = openClient(root, { offline: true });
    expect(await offline.client.ensureCached(cache.indexReference)).toMatchObject({ fetched: false });
  });
});

test("what is bad is downloaded again several at a time", async () => {
  const waiting: (() => void)[] = [];
  let isRepair = false;
  await using registry = await startRegistry({
    wrap: (handler) => async (request) => {
      if (isRepair && request.url.includes("/blobs/")) {
        const isMet = new Promise<void>((resolve) => waiting.push(resolve));
        if (waiting.length === 3) for (const go of waiting) go();
        await isMet;
      }
      return handler(request);
    },
  });
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  for (let i = 0; i < 3; i++) {
    const wasm = bytesOf(2000, `one of three ${i}`);
    const { reference, contentDigest } = pushComponent(registry, {
      repository: `acme/r${i}`,
      tag: "1",
      wasm,
    });
    await cache.client.ensureCached(reference);
    await replaceByte(blobOf(dir.path, contentDigest));
  }
  isRepair = true;
  const { bad } = await cache.client.verifyCache({ repair: true });
  expect(bad.length).toBeGreaterThanOrEqual(3);
  expect(bad.every(({ repaired }) => repaired)).toBe(true);
});

test("without --repair what is bad is put aside and not asked for again", async () => {
  await using cache = await filledCache();
  const { root, client, pushed, registry } = cache;
  await replaceByte(viewOf(root, pushed.contentDigest, "hello.wasm"));
  const requests = registry.requests.length;
  const { checked, bad } = await client.verifyCache();
  expect(checked).toBe(6);
  expect(bad).toMatchObject([
    { digest: pushed.contentDigest, expected: pushed.contentDigest, repaired: false },
  ]);
  expect(registry.requests).toHaveLength(requests);
  expect(await viewFolders(root)).toEqual([hexOf(pushed.manifestDigest)]);
});

test("a file that is missing is bad, and a repair that fails says so", async () => {
  await using cache = await filledCache();
  const { root, pushed } = cache;
  await rm(viewOf(root, pushed.manifestDigest, "hello.wasm"));
  await rm(blobOf(root, pushed.contentDigest));
  await rm(viewOf(root, pushed.contentDigest), { recursive: true });
  await using offline = openClient(root, { offline: true });
  expect((await offline.client.verifyCache({ repair: true })).bad).toMatchObject([
    { digest: pushed.manifestDigest, expected: pushed.contentDigest, actual: undefined, repaired: false },
  ]);
});

test("what another program laid out is not judged", async () => {
  await using cache = await filledCache();
  await seedFolder(cache.root, "ab".repeat(32), "component.wasm", "legacy");
  const before = await filesBelow(cache.root);
  expect((await cache.client.verifyCache({ repair: true })).bad).toEqual([]);
  expect(await filesBelow(cache.root)).toEqual(before);
});

test("a component that came from a file is mended from the store", async () => {
  await using dir = await tempDir();
  const root = join(dir.path, "cache");
  await using cache = openClient(root);
  await writeFile(join(dir.path, "x.wasm"), "hello");
  const { digest, cachePath } = await cache.client.ensureCached(join(dir.path, "x.wasm"));
  await replaceByte(cachePath);
  expect((await cache.client.verifyCache({ repair: true })).bad).toMatchObject([{ digest, repaired: true }]);
  expect(await readFile(cachePath, "utf8")).toBe("hello");
});

test("the path of what is cached is found without a network, and nothing is taken in", async () => {
  await using cache = await filledCache();
  const { root, client, pushed, registry } = cache;
  const requests = registry.requests.length;
  const path = viewOf(root, pushed.manifestDigest, "component.wasm");
  for (const reference of [pushed.reference, cache.indexReference, pushed.manifestDigest])
    expect(await client.cachedPath(reference)).toBe(path);
  expect(registry.requests).toHaveLength(requests);
  await using dir = await tempDir();
  const file = join(dir.path, "x.wasm");
  await writeFile(file, bytesOf(2000, "hello"));
  expect(await client.cachedPath(file)).toBe(viewOf(root, pushed.contentDigest, "component.wasm"));
  await writeFile(file, "other");
  const before = await artifactFiles(root);
  for (const reference of [file, "ghcr.io/acme/other:1.0", "https://example.com/x.wasm", digestOf("other")]) {
    await expect(client.cachedPath(reference)).rejects.toMatchObject({
      code: "NOT_CACHED",
      message: `reference \`${reference}\` is not cached`,
    });
  }
  expect(await artifactFiles(root)).toEqual(before);
});

test("the size of a cache is told, and of none is nothing", async () => {
  await using cache = await filledCache();
  expect(await cache.client.cacheInfo()).toEqual({
    root: cache.root,
    artifacts: 1,
    artifactBytes: 2000,
    blobs: 4,
    diskBytes: expect.any(Number) as number,
    references: 2,
    quarantined: 0,
  });
  await using none = openClient(join(cache.root, "nowhere"));
  expect(await none.client.cacheInfo()).toMatchObject({
    artifacts: 0,
    blobs: 0,
    diskBytes: 0,
    references: 0,
  });
});

const rustMetadata = JSON.stringify({
  original_reference: "ghcr.io/acme/x:1",
  resolved_digest: `sha256:${"ef".repeat(32)}`,
  media_type: "application/wasm",
  fetched_at_unix_seconds: 1_700_000_000,
  size_bytes: 6,
  manifest_digest: `sha256:${"ef".repeat(32)}`,
  manifest_wasm_name: null,
});

interface FilledCache extends AsyncDisposable {
  readonly root: string;
  readonly client: ReturnType<typeof openClient>["client"];
  readonly registry: Registry;
  readonly pushed: ReturnType<typeof pushComponent>;
  readonly index: Digest;
  readonly indexReference: string;
}

/** A cache with one artifact that was pulled by a tag, and by an index. */
async function filledCache(): Promise<FilledCache> {
  const registry = await startRegistry();
  const dir: TempDir = await tempDir();
  const cache = openClient(dir.path);
  const wasm = bytesOf(2000, "hello");
  const pushed = pushComponent(registry, { repository, tag: "1.0", wasm, componentManifest });
  const index = pushIndex(registry, {
    repository,
    tag: "all",
    manifests: [{ descriptor: pushed.descriptor }],
  });
  for (const reference of [pushed.reference, index.reference]) await cache.client.ensureCached(reference);
  return {
    root: dir.path,
    client: cache.client,
    registry,
    pushed,
    index: index.digest,
    indexReference: index.reference,
    async [Symbol.asyncDispose]() {
      for (const one of [cache, registry, dir]) await one[Symbol.asyncDispose]();
    },
  };
}

/** All files but the notes on what was hashed when: whoever looks makes some. */
async function artifactFiles(root: string): Promise<readonly string[]> {
  return (await filesBelow(root)).filter((path) => !path.includes("/used/"));
}

async function seedFolder(root: string, hex: string, name: string, text: string): Promise<void> {
  await mkdir(join(root, hex), { recursive: true });
  await writeFile(join(root, hex, name), text);
}

/** A folder in which something was made, and last written to some hours ago. */
async function leaveBehind(root: string, hours: number): Promise<string> {
  const name = crypto.randomUUID();
  const folder = join(root, ".store/v1/ingest", name);
  await mkdir(folder);
  await writeFile(join(folder, "data"), "x");
  const then = new Date(Date.now() - hours * hour);
  for (const path of [join(folder, "data"), folder]) await utimes(path, then, then);
  return name;
}

/** Puts other bytes in place of a file, and not into its inode: other names of it stay whole. */
async function replaceWith(path: string, change: (bytes: Buffer) => Uint8Array): Promise<void> {
  const bytes = change(await readFile(path));
  await rm(path);
  await writeFile(path, bytes);
}

async function replaceByte(path: string): Promise<void> {
  await replaceWith(path, (bytes) => bytes.fill(bytes[0]! ^ 1, 0, 1));
}

/** Changes a byte in the file itself, so of all its names, and takes its time of modification back. */
async function changeUnseen(path: string): Promise<void> {
  const { atime, mtime } = await stat(path);
  const copy = join(dirname(path), "..", `${crypto.randomUUID()}.tmp`);
  await copyFile(path, copy);
  await replaceByte(copy);
  await writeFile(path, await readFile(copy));
  await rm(copy);
  await utimes(path, atime, mtime);
}

test("a verification says how far it is, each percent once, and the last", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  for (let i = 0; i < 60; i++) {
    const wasm = bytesOf(10, `verified ${i}`);
    await cache.client.ensureCached(pushComponent(registry, { repository: "a/b", wasm }).reference);
  }
  const { checked } = await cache.client.verifyCache();
  const said = cache.events.filter((event) => event.event === "verifying");
  expect(checked).toBe(240);
  expect(said.length).toBeLessThanOrEqual(101);
  expect(said.map((event) => event.total)).toEqual(said.map(() => 240));
  expect(said.at(-1)).toEqual({ event: "verifying", checked: 240, total: 240 });
  const counts = said.map((event) => event.checked);
  expect(counts).toEqual(counts.toSorted((a, b) => a - b));
});
