import { execFileSync } from "node:child_process";
import { chmod, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Digest, hexOf } from "../../src/core/index.ts";
import { DigestFetcher } from "../../src/index.ts";
import { asNobody } from "../support/as-nobody.ts";
import { bytesOf, pushComponent, type PushedComponent } from "../support/artifacts.ts";
import { blobOf, digestOf, filesBelow, viewOf } from "../support/cache-files.ts";
import { openClient } from "../support/client.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { tempDir, type TempDir } from "../support/temp-dir.ts";

const wasm = bytesOf(3000, "tier");
const named = { artifacts: { component_wasm: "hello.wasm" } };

/** A registry, and a cache that holds the one component in it. */
interface Warmed extends AsyncDisposable {
  readonly registry: Registry;
  readonly pushed: PushedComponent;
  /** Of the cache that holds it. */
  readonly tier: string;
  /** Where nothing is yet. */
  readonly own: string;
}

async function openWarmed(): Promise<Warmed> {
  const registry = await startRegistry();
  const dir: TempDir = await tempDir();
  const [tier, own] = [join(dir.path, "tier"), join(dir.path, "own")];
  const pushed = pushComponent(registry, { repository: "a/b", tag: "1", wasm, componentManifest: named });
  await using cache = openClient(tier);
  await cache.client.ensureCached(pushed.reference);
  registry.clearLog();
  return {
    registry,
    pushed,
    tier,
    own,
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}

test("a tag is asked for, and what it means is copied from a cache that has it, verified, whole and fetched", async () => {
  await using warmed = await openWarmed();
  const { registry, pushed, tier, own } = warmed;
  await using cache = openClient(own, { cacheFrom: [join(tier, "../missing"), tier] });
  const { cachePath, fetched } = await cache.client.ensureCached(pushed.reference);
  expect(fetched).toBe(true);
  expect(registry.requests.map(({ method }) => method)).toEqual(["HEAD"]);
  expect(cachePath).toBe(viewOf(own, pushed.manifestDigest, "component.wasm"));
  expect((await readFile(cachePath)).equals(wasm)).toBe(true);
  expect((await stat(viewOf(own, pushed.manifestDigest, "hello.wasm"))).ino).not.toBe(
    (await stat(viewOf(tier, pushed.manifestDigest, "hello.wasm"))).ino,
  );
  expect(cache.warned()).toEqual([`passed over ${join(tier, "../missing")}: no such folder`]);
  expect(cache.lines.filter((line) => line.startsWith("took"))).toHaveLength(2);
  // What was copied stays when the other cache goes.
  await rm(tier, { recursive: true });
  await using alone = openClient(own, { offline: true });
  expect((await alone.client.ensureCached(pushed.reference)).fetched).toBe(false);
});

test("a digest, of manifest or content, costs no request, and offline a tag means what it last meant there", async () => {
  await using warmed = await openWarmed();
  const { registry, pushed, tier, own } = warmed;
  const pinned = pushed.reference.replace(":1", `@${pushed.manifestDigest}`);
  for (const reference of [pinned, pushed.manifestDigest, pushed.contentDigest, pushed.reference]) {
    await using cache = openClient(own, { cacheFrom: [tier], offline: reference === pushed.reference });
    const { cachePath } = await cache.client.ensureCached(reference);
    expect((await readFile(cachePath)).equals(wasm)).toBe(true);
    expect(cache.warnings()).toEqual(reference === pushed.reference ? ["SERVED_OFFLINE"] : []);
    await rm(own, { recursive: true });
  }
  await using fetcher = new DigestFetcher({ env: {}, cacheDir: own, cacheFrom: [tier], offline: true });
  const { contentDigest, reference } = pushed;
  const found = await fetcher.ensureCached(reference.replace(":1", `@${contentDigest}`));
  expect(found.contentDigest).toBe(contentDigest);
  expect(registry.requests).toEqual([]);
});

test("a lock that pins contents alone is served without a request", async () => {
  await using warmed = await openWarmed();
  const { registry, pushed, tier, own } = warmed;
  const lock = join(own, "../lock.json");
  const entries = [
    { name: "a", ref: pushed.reference, wasm_sha256: hexOf(pushed.contentDigest) },
    { name: "b", ref: pushed.reference, digest: pushed.manifestDigest },
    { name: "c", ref: "https://example.invalid/c.wasm", digest: pushed.contentDigest },
  ];
  await writeFile(lock, JSON.stringify({ version: 1, components: entries }));
  await using cache = openClient(own, { cacheFrom: [tier] });
  expect(await cache.client.pullLock(lock)).toHaveLength(3);
  expect(registry.requests).toEqual([]);
});

test("nothing is written to a cache that is only looked into: not a name, not a time", async () => {
  await using warmed = await openWarmed();
  const { pushed, tier, own } = warmed;
  const before = await stateOf(tier);
  for (let round = 0; round < 2; round++) {
    await using cache = openClient(own, { cacheFrom: [tier], now: () => Date.now() + 86_400_000 });
    await cache.client.ensureCached(pushed.reference);
    await cache.client.ensureCached(pushed.contentDigest);
    await rm(own, { recursive: true });
  }
  expect(await stateOf(tier)).toEqual(before);
});

test("a cache that lies is passed over with a warning, whichever file it is, and the network is asked", async () => {
  await using warmed = await openWarmed();
  const { registry, pushed, tier, own } = warmed;
  const { contentDigest, manifestDigest } = pushed;
  const lies: readonly (readonly [Digest, Uint8Array | string])[] = [
    [contentDigest, bytesOf(3000, "a lie of the same size")],
    [contentDigest, bytesOf(2999, "a shorter one")],
    [manifestDigest, '{"schemaVersion":2}'],
  ];
  await rm(viewOf(tier, contentDigest), { recursive: true });
  await rm(viewOf(tier, manifestDigest), { recursive: true });
  for (const [digest, bytes] of lies) {
    const path = blobOf(tier, digest);
    const good = await readFile(path);
    // In place, so that what was noted of the file would still fit but for its times.
    await writeFile(path, bytes);
    registry.clearLog();
    await using cache = openClient(own, { cacheFrom: [tier] });
    const { cachePath } = await cache.client.ensureCached(pushed.reference);
    expect((await readFile(cachePath)).equals(wasm)).toBe(true);
    expect(cache.warned()).toEqual([expect.stringContaining(path)]);
    expect(registry.requests.map(({ method }) => method)).toContain("GET");
    await writeFile(path, good);
    await rm(own, { recursive: true });
  }
});

test("a link, a pipe or a folder in the place of a file is no file, and waits for nobody", async () => {
  await using warmed = await openWarmed();
  const { pushed, tier, own } = warmed;
  const path = blobOf(tier, pushed.contentDigest);
  await rm(viewOf(tier, pushed.contentDigest), { recursive: true });
  await rm(viewOf(tier, pushed.manifestDigest), { recursive: true });
  await rename(path, `${path}.real`);
  const make = [
    () => mkdir(path),
    () => symlink(`${path}.real`, path),
    () => void execFileSync("mkfifo", [path]),
  ];
  for (const work of make) {
    await work();
    await using cache = openClient(own, { cacheFrom: [tier] });
    const { cachePath } = await cache.client.ensureCached(pushed.reference);
    expect((await readFile(cachePath)).equals(wasm)).toBe(true);
    expect(
      cache.lines.filter((line) => line.includes(hexOf(pushed.contentDigest)) && line.startsWith("took")),
    ).toEqual([]);
    await rm(path, { recursive: true });
    await rm(own, { recursive: true });
  }
});

test("what other programs laid out is found there by its bytes", async () => {
  await using dir = await tempDir();
  const digest = digestOf(wasm);
  const rust = join(dir.path, "rust");
  await mkdir(join(rust, hexOf(digest)), { recursive: true });
  await writeFile(join(rust, hexOf(digest), "component.wasm"), wasm);
  await writeFile(join(rust, hexOf(digest), "component.manifest.json"), "{}");
  await using cache = openClient(join(dir.path, "own"), { cacheFrom: [rust], offline: true });
  expect((await cache.client.ensureCached(digest)).fetched).toBe(true);
  expect(cache.warned()).toEqual([]);
  expect(await readdir(rust)).toEqual([hexOf(digest)]);
});

test("what may not be read there is passed over", async () => {
  await using warmed = await openWarmed();
  const { pushed, tier, own } = warmed;
  await chmod(join(own, ".."), 0o755);
  await mkdir(own);
  await chmod(own, 0o777);
  await chmod(tier, 0o700);
  await using cache = openClient(own, { cacheFrom: [tier] });
  await asNobody(async () => {
    const { cachePath } = await cache.client.ensureCached(pushed.reference);
    expect((await readFile(cachePath)).equals(wasm)).toBe(true);
    expect(cache.warned()).toEqual([expect.stringContaining("permission denied")]);
  });
});

test("a cache that is named as its own tier is looked into once", async () => {
  await using warmed = await openWarmed();
  const { registry, pushed, tier } = warmed;
  await using cache = openClient(tier, { cacheFrom: [`${tier}/../tier`] });
  expect((await cache.client.ensureCached(pushed.reference)).fetched).toBe(false);
  await expect(cache.client.ensureCached(digestOf("absent"))).rejects.toMatchObject({ code: "NOT_CACHED" });
  expect(registry.requests).toHaveLength(1);
});

/** Every file below a folder, and all that a change to it would change. */
async function stateOf(root: string): Promise<readonly string[]> {
  return Promise.all(
    (await filesBelow(root)).map(async (path) => {
      const { ino, size, nlink, mtimeNs, ctimeNs, mode } = await stat(join(root, path), { bigint: true });
      return [path, ino, size, nlink, mtimeNs, ctimeNs, mode].join(" ");
    }),
  );
}
