import { execFile } from "node:child_process";
import {
  cp,
  lstat,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeOwner } from "../../src/cache/owner.ts";
import { hexOf } from "../../src/core/index.ts";
import { isDistError } from "../../src/index.ts";
import { bytesOf, pushComponent, type PushedComponent } from "../support/artifacts.ts";
import { blobOf, digestOf, leftovers, memoOf, viewOf } from "../support/cache-files.ts";
import { openClient } from "../support/client.ts";
import { openCrashScenarios } from "../support/crash-scenarios.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { type TempDir, tempDir } from "../support/temp-dir.ts";

const wasm = bytesOf(5000, "edited");
const wasmName = "hello.wasm";
const componentManifest = { name: "hello", artifacts: { component_wasm: wasmName } };
const positions = 64;

let registry: Registry;
let pristine: TempDir;
let pushed: PushedComponent;

/** A cache in which the artifact lies, and was hashed again after it was fetched. */
beforeAll(async () => {
  registry = await startRegistry();
  pristine = await tempDir();
  pushed = pushComponent(registry, { repository: "acme/hello", tag: "1.0", wasm, componentManifest });
  await using cache = openClient(pristine.path, { now: tenSecondsOn });
  await cache.client.ensureCached(pushed.reference);
  await cache.client.ensureCached(pushed.reference);
  await rm(viewOf(pristine.path, pushed.manifestDigest), { recursive: true });
  await cache.client.ensureCached(pushed.reference);
  await cache.client.pin(pushed.reference);
  const home = join(pristine.path, ".store/v1");
  await writeFile(join(home, "gc.json"), JSON.stringify({ swept_at_unix_seconds: 1_700_000_000 }));
  const record = JSON.stringify({
    owner: { ...(await describeOwner()), start_time: "1" },
    received_bytes: 5,
  });
  await writeFile(join(home, "leases", `${hexOf(pushed.manifestDigest)}.${crypto.randomUUID()}`), record);
  await writeFile(join(home, "locks", `${hexOf(pushed.contentDigest)}.1`), record);
});

afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await pristine[Symbol.asyncDispose]();
});

/** How many edits were made, one at a time. */
let edits = 0;

/** Every kind of file that a cache has. */
const kinds: readonly { readonly kind: string; readonly path: (root: string) => Promise<string> | string }[] =
  [
    { kind: "blob", path: (root) => blobOf(root, pushed.contentDigest) },
    { kind: "manifest blob", path: (root) => blobOf(root, pushed.manifestDigest) },
    {
      kind: "component of the manifest's folder",
      path: (root) => viewOf(root, pushed.manifestDigest, wasmName),
    },
    {
      kind: "component of the content's folder",
      path: (root) => viewOf(root, pushed.contentDigest, wasmName),
    },
    {
      kind: "component.manifest.json",
      path: (root) => viewOf(root, pushed.manifestDigest, "component.manifest.json"),
    },
    { kind: "metadata.json", path: (root) => viewOf(root, pushed.manifestDigest, "metadata.json") },
    {
      kind: "metadata.json of the content",
      path: (root) => viewOf(root, pushed.contentDigest, "metadata.json"),
    },
    { kind: "memo of the component", path: (root) => memoOf(root, pushed.contentDigest) },
    { kind: "memo of the manifest", path: (root) => memoOf(root, pushed.manifestDigest) },
    { kind: "note of what the tag means", path: (root) => firstIn(root, "refs") },
    { kind: "list of pins", path: (root) => join(root, ".store/v1/pins.json") },
    { kind: "note of the last sweep", path: (root) => join(root, ".store/v1/gc.json") },
    { kind: "lease", path: (root) => firstIn(root, "leases") },
    { kind: "lock", path: (root) => join(root, ".store/v1/locks", `${hexOf(pushed.contentDigest)}.1`) },
  ];

async function firstIn(root: string, folder: string): Promise<string> {
  const path = join(root, ".store/v1", folder);
  return join(path, (await readdir(path))[0]!);
}

/** Changes a file long ago, by its own account: a lock whose holder cannot be told is waited for while it is new. */
async function edit(file: string, bytes: Uint8Array): Promise<void> {
  await writeFile(file, bytes);
  await utimes(file, 0, 0);
  edits += 1;
}

describe.each(kinds)("a $kind with one byte flipped, at each of 64 positions,", ({ path }) => {
  test("never makes a pull return wrong bytes, online or offline", async () => {
    await using dir = await tempDir();
    const root = join(dir.path, "cache");
    await using online = openClient(root, { now: tenSecondsOn });
    await using offline = openClient(root, { now: tenSecondsOn, offline: true });
    for (let i = 0; i < positions; i++) {
      if (i % 16 === 0) await restore(root);
      const file = await path(root);
      const bytes = await readFile(file);
      bytes[Math.floor((i * bytes.length) / positions)]! ^= 1 << (i % 8);
      await edit(file, bytes);
      // Offline the store may still find the bytes in another of its places; only a miss needs the registry.
      const found = await readsRightOrMisses(offline, pushed.reference);
      const asked = found === "miss" || i % 16 === 15 ? online : offline;
      expect(await readsRightOrMisses(asked, pushed.reference)).toBe("right");
      expect((await readFile(viewOf(root, pushed.contentDigest, "component.wasm"))).equals(wasm)).toBe(true);
    }
  });
});

/** What else may have become of a file. */
const spoilings: readonly { readonly what: string; readonly spoil: (bytes: Buffer) => Uint8Array }[] = [
  { what: "emptied", spoil: () => new Uint8Array() },
  { what: "cut in half", spoil: (bytes) => bytes.subarray(0, bytes.length / 2) },
  { what: "made longer", spoil: (bytes) => Buffer.concat([bytes, bytes]) },
  { what: "filled with zeros", spoil: (bytes) => new Uint8Array(bytes.length) },
  { what: "swapped with a component", spoil: () => bytesOf(5000, "another") },
  { what: "swapped with JSON", spoil: () => Buffer.from('{"digest":"sha256:0","owner":{}}') },
];

test.each(spoilings)(
  "a file of any kind that was $what never makes a pull return wrong bytes",
  async ({ spoil }) => {
    await using dir = await tempDir();
    const root = join(dir.path, "cache");
    for (const { path } of kinds) {
      await restore(root);
      const file = await path(root);
      await edit(file, spoil(await readFile(file)));
      await using offline = openClient(root, { now: tenSecondsOn, offline: true });
      await readsRightOrMisses(offline, pushed.reference);
      await using online = openClient(root, { now: tenSecondsOn });
      expect(await readsRightOrMisses(online, pushed.reference)).toBe("right");
      await online.client.gc({ maxBytes: 0, minAgeMs: 0 });
      expect(await readsRightOrMisses(online, pushed.reference)).toBe("right");
    }
  },
);

test.each(["data", "info.json"])(
  "a download that goes on with what an earlier one left is right, wherever a byte of its %s was flipped",
  async (file) => {
    await using all = await openCrashScenarios();
    const going = all.scenarios.find(({ name }) => name === "going on with a download");
    if (going?.step.do !== "pull") throw new Error("there is no such scenario");
    await using dir = await tempDir();
    for (let i = 0; i < positions; i++) {
      const root = join(dir.path, String(i));
      await going.prepare(root);
      const path = join(await firstIn(root, "ingest"), file);
      const bytes = await readFile(path);
      bytes[Math.floor((i * bytes.length) / positions)]! ^= 1 << (i % 8);
      await edit(path, bytes);
      await using cache = openClient(root);
      const { cachePath } = await cache.client.ensureCached(going.step.reference);
      expect(digestOf(await readFile(cachePath))).toBe(going.wanted[0]?.contentDigest);
      await rm(root, { recursive: true });
    }
  },
  240_000,
);

test("bytes that are opened are right, or the call fails, wherever a byte of the blob was flipped", async () => {
  await using dir = await tempDir();
  const root = join(dir.path, "cache");
  await restore(root);
  await using cache = openClient(root);
  for (let i = 0; i < positions; i++) {
    const blob = blobOf(root, pushed.contentDigest);
    const bytes = await readFile(blob);
    bytes[Math.floor((i * bytes.length) / positions)]! ^= 1 << (i % 8);
    await edit(blob, bytes);
    await using open = await cache.client.openCached(pushed.reference);
    expect(Buffer.from(await open.bytes()).equals(wasm)).toBe(true);
  }
});

test("that were a thousand edits and more", () => {
  expect(edits).toBeGreaterThanOrEqual(1_000);
});

test("an edit that keeps a file's size and times is found, though the memo knew the file", async () => {
  await using dir = await tempDir();
  const root = join(dir.path, "cache");
  await restore(root);
  await using cache = openClient(root, { now: tenSecondsOn });
  const { cachePath } = await cache.client.ensureCached(pushed.reference);
  expect(await readFile(memoOf(root, pushed.contentDigest), "utf8")).not.toBe("");
  const before = await stat(cachePath);
  const bytes = await readFile(cachePath);
  bytes[17]! ^= 4;
  await writeFile(cachePath, bytes);
  await utimes(cachePath, before.atime, before.mtime);
  expect((await stat(cachePath)).size).toBe(before.size);
  await cache.client.ensureCached(pushed.reference);
  expect((await readFile(cachePath)).equals(wasm)).toBe(true);
});

test("a component edited through its view is fetched again, and the bad file is kept aside", async () => {
  await using dir = await tempDir();
  const root = join(dir.path, "cache");
  await using cache = openClient(root);
  const { cachePath } = await cache.client.ensureCached(pushed.reference);
  await writeFile(cachePath, "edited");
  expect((await cache.client.ensureCached(pushed.reference)).fetched).toBe(true);
  expect((await readFile(cachePath)).equals(wasm)).toBe(true);
  const aside = await readdir(join(root, ".store/v1/quarantine"));
  expect(aside).toHaveLength(1);
  expect(await readFile(join(root, ".store/v1/quarantine", aside[0]!), "utf8")).toBe("edited");
});

/** What may be found where a file of the cache should be. */
const replacements: readonly { readonly what: string; readonly put: (path: string) => Promise<unknown> }[] = [
  { what: "nothing", put: () => Promise.resolve() },
  { what: "an empty file", put: (path) => writeFile(path, "") },
  { what: "an empty folder", put: (path) => mkdir(path) },
  {
    what: "a folder with a file in it",
    put: async (path) => {
      await mkdir(path);
      await writeFile(join(path, "precious.txt"), "someone's");
    },
  },
  { what: "a FIFO", put: (path) => promisify(execFile)("mkfifo", [path]) },
  { what: "a link to nothing", put: (path) => symlink("nowhere", path) },
  { what: "a link to itself", put: (path) => symlink(basename(path), path) },
  { what: "a link to a file elsewhere", put: (path) => symlink("/etc/hostname", path) },
  { what: "a link to a folder elsewhere", put: (path) => symlink("/etc", path) },
];

const places: readonly { readonly place: string; readonly path: (root: string) => string }[] = [
  { place: "component.wasm", path: (root) => viewOf(root, pushed.manifestDigest, "component.wasm") },
  {
    place: "component.wasm of the content",
    path: (root) => viewOf(root, pushed.contentDigest, "component.wasm"),
  },
  { place: "the named file", path: (root) => viewOf(root, pushed.manifestDigest, wasmName) },
  {
    place: "component.manifest.json",
    path: (root) => viewOf(root, pushed.manifestDigest, "component.manifest.json"),
  },
  { place: "metadata.json", path: (root) => viewOf(root, pushed.manifestDigest, "metadata.json") },
  { place: "the blob", path: (root) => blobOf(root, pushed.contentDigest) },
  { place: "the manifest's blob", path: (root) => blobOf(root, pushed.manifestDigest) },
  { place: "the memo", path: (root) => memoOf(root, pushed.contentDigest) },
];

describe.each(replacements)("$what", ({ put }) => {
  test.each(places)("in the place of $place is replaced by the next pull", async ({ path }) => {
    await using dir = await tempDir();
    const root = join(dir.path, "cache");
    await restore(root);
    await rm(path(root));
    await put(path(root));
    // A view that shows its component is left as it is; take that away too, so that all of it is made again.
    await rm(viewOf(root, pushed.manifestDigest, "component.wasm"), { recursive: true, force: true });
    await using cache = openClient(root);
    expect(await readsRightOrMisses(cache, pushed.reference)).toBe("right");
    expect(await readsRightOrMisses(cache, pushed.contentDigest)).toBe("right");
    const { cachePath } = await cache.client.ensureCached(pushed.reference);
    expect((await readFile(cachePath)).equals(wasm)).toBe(true);
    expect((await readFile(viewOf(root, pushed.manifestDigest, wasmName))).equals(wasm)).toBe(true);
    expect((await lstat(path(root))).isDirectory()).toBe(false);
    expect((await leftovers(root)).filter((name) => name.includes("/"))).toEqual([]);
  });
});

test("a folder that was found in a file's place is kept, with what is in it", async () => {
  await using dir = await tempDir();
  const root = join(dir.path, "cache");
  await restore(root);
  const path = viewOf(root, pushed.manifestDigest, "component.wasm");
  await rm(path);
  await mkdir(path);
  await writeFile(join(path, "precious.txt"), "someone's");
  await using cache = openClient(root);
  await cache.client.ensureCached(pushed.reference);
  const quarantine = join(root, ".store/v1/quarantine");
  const [kept] = await readdir(quarantine);
  expect(await readFile(join(quarantine, kept!, "precious.txt"), "utf8")).toBe("someone's");
});

test("a file in the place of an artifact's folder is moved aside, and the folder is made", async () => {
  await using dir = await tempDir();
  const root = join(dir.path, "cache");
  await restore(root);
  for (const digest of [pushed.manifestDigest, pushed.contentDigest]) {
    await rm(viewOf(root, digest), { recursive: true });
    await writeFile(viewOf(root, digest).replace(/\/$/, ""), "in the way");
  }
  await using cache = openClient(root);
  expect(await readsRightOrMisses(cache, pushed.reference)).toBe("right");
  expect(await readsRightOrMisses(cache, pushed.contentDigest)).toBe("right");
});

test("a truncated blob, and one that grew, are fetched again", async () => {
  for (const length of [0, 1, wasm.length - 1, wasm.length + 1]) {
    await using dir = await tempDir();
    const root = join(dir.path, "cache");
    await restore(root);
    await rm(viewOf(root, pushed.manifestDigest), { recursive: true });
    await rm(viewOf(root, pushed.contentDigest), { recursive: true });
    await truncate(blobOf(root, pushed.contentDigest), length);
    await using cache = openClient(root);
    expect(await readsRightOrMisses(cache, pushed.reference)).toBe("right");
    expect((await stat(blobOf(root, pushed.contentDigest))).size).toBe(wasm.length);
  }
});

test("a note of a tag with impossible values is as good as none", async () => {
  const note = {
    reference: "x",
    digest: pushed.manifestDigest,
    media_type: "x",
    etag: null,
    seen_at_unix_seconds: 1,
  };
  const spoilt: readonly string[] = [
    "",
    "[]",
    "null",
    '{"digest"',
    ...[1e300, -1e300, 8.7e12, "1", null].map((seen) =>
      JSON.stringify({ ...note, seen_at_unix_seconds: seen }),
    ),
    JSON.stringify(note).replace(":1}", ":1e9999}"),
    JSON.stringify({ ...note, digest: "sha256:../../../etc" }),
    JSON.stringify({ ...note, media_type: 1 }),
    JSON.stringify({ ...note, digest: `sha256:${"0".repeat(64)}` }),
  ];
  await using dir = await tempDir();
  const root = join(dir.path, "cache");
  await restore(root);
  const folder = join(root, ".store/v1/refs");
  const path = join(folder, (await readdir(folder))[0]!);
  await using cache = openClient(root, { offline: true });
  await writeFile(path, JSON.stringify(note));
  expect((await cache.client.resolveRef(pushed.reference)).digest).toBe(pushed.manifestDigest);
  for (const text of spoilt) {
    await writeFile(path, text);
    await expect(cache.client.resolveRef(pushed.reference)).rejects.toMatchObject({ code: "OFFLINE" });
  }
});

/** A clock by which the memo takes what was only just written. */
function tenSecondsOn(): number {
  return Date.now() + 10_000;
}

/** A fresh copy of the cache; the copies are new files, so that no memo knows them. */
async function restore(root: string): Promise<void> {
  await rm(root, { recursive: true, force: true });
  await cp(pristine.path, root, { recursive: true, verbatimSymlinks: true });
}

async function readsRightOrMisses(
  { client }: ReturnType<typeof openClient>,
  reference: string,
): Promise<"right" | "miss"> {
  try {
    const { cachePath } = await client.ensureCached(reference);
    expect((await readFile(cachePath)).equals(wasm)).toBe(true);
    return "right";
  } catch (error) {
    if (isDistError(error, "OFFLINE") || isDistError(error, "NOT_CACHED")) return "miss";
    throw error;
  }
}
