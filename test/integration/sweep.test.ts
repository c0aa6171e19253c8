import { mkdir, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createCache } from "../../src/cache/index.ts";
import { describeOwner } from "../../src/cache/owner.ts";
import { bytesOf, pushComponent, type PushedComponent } from "../support/artifacts.ts";
import { blobOf, digestOf, memoOf, viewFolders, viewOf } from "../support/cache-files.ts";
import { openClient, type TestClient } from "../support/client.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp-dir.ts";

const size = 100_000;
const hour = 60 * 60 * 1000;

interface Filled extends AsyncDisposable {
  readonly root: string;
  readonly registry: Registry;
  readonly cache: TestClient;
  /** Used longest ago first. */
  readonly pushed: readonly PushedComponent[];
}

/** A cache with artifacts that were used `hours` ago. */
async function fill(hours: readonly number[]): Promise<Filled> {
  const registry = await startRegistry();
  const dir = await tempDir();
  const root = join(dir.path, "cache");
  const cache = openClient(root);
  const pushed: PushedComponent[] = [];
  for (const [i, ago] of hours.entries()) {
    const one = pushComponent(registry, {
      repository: `acme/c${i}`,
      tag: "1",
      wasm: bytesOf(size, `sweep ${i}`),
    });
    await cache.client.ensureCached(one.reference);
    await age(root, one, ago);
    pushed.push(one);
  }
  return {
    root,
    registry,
    cache,
    pushed,
    async [Symbol.asyncDispose]() {
      await cache[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}

/** Lets an artifact look as if it had been used so many hours ago. */
async function age(root: string, { contentDigest }: PushedComponent, hours: number): Promise<void> {
  const time = (Date.now() - hours * hour) / 1000;
  const memo = memoOf(root, contentDigest);
  await mkdir(dirname(memo), { recursive: true });
  await writeFile(memo, "", { flag: "a" });
  await utimes(memo, time, time);
}

const manifests = (pushed: readonly PushedComponent[]): readonly string[] =>
  pushed.map(({ manifestDigest }) => manifestDigest);

test("over its budget a cache loses what was used longest ago, down to four fifths, and says how much that was", async () => {
  await using filled = await fill([50, 40, 30, 20, 10]);
  const { cache, pushed, root } = filled;
  const before = (await cache.client.cacheInfo()).diskBytes;
  const { removed, freedBytes } = await cache.client.gc({ maxBytes: 4.6 * size });
  expect(removed).toEqual(manifests(pushed.slice(0, 2)));
  expect(before - (await cache.client.cacheInfo()).diskBytes).toBeLessThan(freedBytes + 1000);
  expect(freedBytes).toBeGreaterThanOrEqual(2 * size);
  for (const { contentDigest, manifestDigest } of pushed.slice(0, 2)) {
    await expect(stat(blobOf(root, contentDigest))).rejects.toThrow("ENOENT");
    await expect(stat(viewOf(root, manifestDigest))).rejects.toThrow("ENOENT");
  }
  expect((await cache.client.listCache()).map(({ digest }) => digest)).toEqual(
    manifests(pushed.slice(2)).toSorted(),
  );
  expect(await readdir(join(root, ".store", "v1", "trash"))).toEqual([]);
});

test("below its budget a cache loses nothing", async () => {
  await using filled = await fill([50, 40]);
  expect(await filled.cache.client.gc({ maxBytes: 3 * size })).toEqual({ removed: [], freedBytes: 0 });
});

test("what was not used for long goes, and what was used lately stays whatever the budget", async () => {
  await using filled = await fill([50, 30, 1]);
  const { cache, pushed } = filled;
  expect((await cache.client.gc({ olderThanMs: 40 * hour })).removed).toEqual(manifests(pushed.slice(0, 1)));
  expect((await cache.client.gc({ maxBytes: 0 })).removed).toEqual(manifests(pushed.slice(1, 2)));
  expect((await cache.client.gc({ maxBytes: 0, minAgeMs: 0 })).removed).toContain(pushed[2]?.manifestDigest);
  expect(await viewFolders(filled.root)).toEqual([]);
});

test("a dry run says what would go, and how much that is, and removes nothing", async () => {
  await using filled = await fill([50, 40]);
  const { cache, pushed } = filled;
  const options = { maxBytes: 0, minAgeMs: 0 };
  const said = await cache.client.gc({ ...options, dryRun: true });
  expect(said.removed).toEqual(expect.arrayContaining([...manifests(pushed)]));
  expect(await cache.client.listCache()).toHaveLength(2);
  expect(await cache.client.gc(options)).toEqual(said);
});

test("a dry run knows that what two artifacts share goes with the second of them", async () => {
  await using filled = await fill([50, 40, 30]);
  const { cache, registry, root, pushed } = filled;
  const twin = pushComponent(registry, {
    repository: "acme/twin",
    tag: "1",
    wasm: bytesOf(size, "sweep 0"),
    componentManifest: { name: "twin", artifacts: { component_wasm: "twin.wasm" } },
  });
  await cache.client.ensureCached(twin.reference);
  await age(root, twin, 50);
  const options = { maxBytes: 2.9 * size };
  const planned = await cache.client.gc({ ...options, dryRun: true });
  expect(new Set(planned.removed)).toEqual(new Set([pushed[0]?.manifestDigest, twin.manifestDigest]));
  expect(planned.freedBytes).toBeGreaterThan(size);
  expect(await cache.client.gc(options)).toEqual(planned);
});

test("what is pinned stays, by tag or by digest, until it is unpinned", async () => {
  await using filled = await fill([50, 40, 30]);
  const { cache, pushed } = filled;
  const [first, second] = pushed;
  await cache.client.pin(first?.reference ?? "");
  await cache.client.pin(second?.contentDigest ?? "");
  for (const one of pushed) await age(filled.root, one, 50);
  const all = { maxBytes: 0, minAgeMs: 0 };
  await cache.client.gc(all);
  expect((await cache.client.listCache()).map(({ digest }) => digest)).toEqual(
    manifests(pushed.slice(0, 2)).toSorted(),
  );
  expect(await cache.client.unpin(first?.reference ?? "")).toEqual([
    { digest: first?.manifestDigest, reference: first?.reference },
  ]);
  await cache.client.gc(all);
  expect((await cache.client.listCache()).map(({ digest }) => digest)).toEqual([second?.manifestDigest]);
  expect(await cache.client.unpin("ghcr.io/never:pinned")).toEqual([]);
});

test("pins that are made at once are all kept", async () => {
  await using filled = await fill([5, 4, 3, 2]);
  const { cache, pushed } = filled;
  await Promise.all(pushed.map(({ reference }) => cache.client.pin(reference)));
  expect(await cache.client.listPins()).toHaveLength(4);
});

test("what a lockfile names stays, and a lockfile that cannot be read removes nothing", async () => {
  await using filled = await fill([50, 40]);
  const { cache, pushed } = filled;
  const lock = join(filled.root, "..", "pack.lock.json");
  await cache.client.createLock(lock, [pushed[1]?.reference ?? ""]);
  const all = { maxBytes: 0, minAgeMs: 0 };
  await writeFile(`${lock}.bad`, "{");
  const bad = cache.client.gc({ ...all, keepLocks: [lock, `${lock}.bad`] });
  await expect(bad).rejects.toMatchObject({ code: "INVALID_LOCKFILE" });
  expect(await cache.client.listCache()).toHaveLength(2);
  await cache.client.gc({ ...all, keepLocks: [lock] });
  expect((await cache.client.listCache()).map(({ digest }) => digest)).toEqual([pushed[1]?.manifestDigest]);
});

test("what somebody holds open stays, path and all, and goes when they let go", async () => {
  await using filled = await fill([50]);
  const { cache, pushed } = filled;
  const held = await cache.client.openCached(pushed[0]?.reference ?? "");
  const all = { maxBytes: 0, minAgeMs: 0 };
  await cache.client.gc(all);
  expect(digestOf(await readFile(held.cachePath))).toBe(pushed[0]?.contentDigest);
  await held[Symbol.asyncDispose]();
  expect((await cache.client.gc(all)).removed).toContain(pushed[0]?.manifestDigest);
});

test("what is leased while it is being swept away is there when the lease is had", async () => {
  await using filled = await fill([50]);
  const { root, pushed } = filled;
  const [one] = pushed;
  if (one === undefined) throw new Error("nothing was pushed");
  const cache = createCache({ root, now: Date.now });
  let violations = 0;
  let swept = 0;
  const until = Date.now() + 1500;
  const isOver = (): boolean => Date.now() >= until && swept > 0;
  const sweep = async (): Promise<void> => {
    while (!isOver()) {
      const { removed } = await cache.collectGarbage({ maxBytes: 0, minAgeMs: 0, keep: new Set() });
      swept += removed.length;
    }
  };
  const read = async (): Promise<void> => {
    await using client = openClient(root);
    while (!isOver()) {
      await sleep(20);
      await using held = await client.client.openCached(one.reference);
      for (let i = 0; i < 3; i++) {
        const bytes = await readFile(held.cachePath).catch(() => new Uint8Array());
        if (digestOf(bytes) !== one.contentDigest) violations += 1;
      }
    }
  };
  await Promise.all([sweep(), read(), read(), read()]);
  expect(violations).toBe(0);
});

test("a lease of a process that has ended counts for nothing, one that cannot be looked up for a day", async () => {
  await using filled = await fill([50, 40]);
  const { root, pushed, cache } = filled;
  const [ended, foreign] = pushed.map(({ manifestDigest }) =>
    join(root, ".store", "v1", "leases", `${manifestDigest.slice("sha256:".length)}.x`),
  );
  await using held = await cache.client.openCached(pushed[0]?.reference ?? "");
  const [own = ""] = await readdir(join(root, ".store", "v1", "leases"));
  const { owner } = JSON.parse(await readFile(join(root, ".store", "v1", "leases", own), "utf8"));
  await held[Symbol.asyncDispose]();
  await writeFile(ended ?? "", JSON.stringify({ owner: { ...owner, start_time: "1" } }));
  await writeFile(foreign ?? "", JSON.stringify({ owner: { ...owner, boot: "another" } }));
  const all = { maxBytes: 0, minAgeMs: 0 };
  expect((await cache.client.gc(all)).removed).toContain(pushed[0]?.manifestDigest);
  expect(await cache.client.listCache()).toHaveLength(1);
  const long = Date.now() / 1000 - 25 * 60 * 60;
  await utimes(foreign ?? "", long, long);
  await cache.client.gc(all);
  expect(await cache.client.listCache()).toEqual([]);
});

test("a lease keeps what each of its lines names; one that a full disk cut off spoils no other", async () => {
  await using filled = await fill([50, 40, 30]);
  const { root, pushed, cache } = filled;
  const owner = await describeOwner();
  const [first, second, third] = pushed.map(({ manifestDigest }) =>
    JSON.stringify({ owner, digests: [manifestDigest] }),
  );
  const name = `${"00".repeat(32)}.x`;
  const lines = ["", first, "", second?.slice(0, -20), third, ""];
  await writeFile(join(root, ".store", "v1", "leases", name), lines.join("\n"));
  const { removed } = await cache.client.gc({ maxBytes: 0, minAgeMs: 0 });
  expect(removed).toContain(pushed[1]?.manifestDigest);
  expect((await cache.client.listCache()).map(({ digest }) => digest).toSorted()).toEqual(
    [pushed[0], pushed[2]].map((one) => String(one?.manifestDigest)).toSorted(),
  );
});

test("a pull sweeps a cache over its budget by itself, once an hour, and spares what was used within a day", async () => {
  await using filled = await fill([50, 30, 2]);
  const { registry, root, pushed } = filled;
  const more = (name: string) =>
    pushComponent(registry, { repository: `acme/${name}`, tag: "1", wasm: bytesOf(size, name) });
  await using small = openClient(root, { cacheMaxBytes: 1 });
  const note = join(root, ".store", "v1", "gc.json");
  await writeFile(note, "{}");
  await utimes(note, 0, 0);
  await small.client.ensureCached(more("new").reference);
  const left = (await small.client.listCache()).map(({ digest }) => digest);
  expect(left).toHaveLength(2);
  expect(left).toContain(pushed[2]?.manifestDigest);
  for (const one of pushed.slice(2)) await age(root, one, 30);
  await small.client.ensureCached(more("newer").reference);
  expect(await small.client.listCache()).toHaveLength(3);
});
