import {
  chmod,
  cp,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  stat,
  writeFile,
} from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { expect, test } from "vitest";
import { hexOf } from "../../src/core/index.ts";
import { bytesOf, pushComponent, smallComponent } from "../support/artifacts.ts";
import { asNobody } from "../support/as-nobody.ts";
import { filesBelow, viewOf } from "../support/cache-files.ts";
import { openClient, type TestClient } from "../support/client.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp-dir.ts";

/** A registry, and a folder with a lockfile that names two components in it and one beside it. */
interface Locked extends AsyncDisposable {
  readonly registry: Registry;
  readonly dir: string;
  readonly lock: string;
}

async function openLocked(): Promise<Locked> {
  const registry = await startRegistry();
  const dir = await tempDir();
  await chmod(dir.path, 0o755);
  const lock = join(dir.path, "project/pack.lock.json");
  const file = join(dir.path, "project/local.wasm");
  await mkdir(join(dir.path, "project"));
  await writeFile(file, smallComponent);
  const componentManifest = { artifacts: { component_wasm: "hello.wasm" } };
  const refs = [
    pushComponent(registry, { repository: "a/b", tag: "1", wasm: bytesOf(3000, 1), componentManifest }),
    pushComponent(registry, { repository: "a/c", tag: "1", wasm: bytesOf(70_000, 2) }),
  ];
  await using cache = openClient(join(dir.path, "maker"));
  await cache.client.createLock(lock, [...refs.map(({ reference }) => reference), file]);
  registry.clearLog();
  return {
    registry,
    dir: dir.path,
    lock,
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}

test("a warmed folder serves its lock offline from wherever it was copied, to those who may only read it", async () => {
  await using locked = await openLocked();
  const { registry, dir, lock } = locked;
  const [to, copy] = [join(dir, "image"), join(dir, "elsewhere/deep")];
  await using cache = openClient(join(dir, "own"));
  const warmed = await cache.client.warm(lock, to);
  expect(warmed.map(({ fetched, cachePath }) => [fetched, cachePath.startsWith(to)])).toEqual(
    Array.from({ length: 3 }, () => [true, true]),
  );
  await mkdir(join(dir, "elsewhere"));
  await cp(to, copy, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  await rename(to, join(dir, "gone"));
  registry.clearLog();
  const offline = openClient(copy, { offline: true });
  const tiered = openClient(join(dir, "fresh"), { offline: true, cacheFrom: [copy] });
  // The file is still in its place, and a lock with paths belongs to it.
  await asNobody(async () => {
    const served = await offline.client.pullLock(lock);
    expect(served.map(({ digest, fetched }) => [digest, fetched])).toEqual(
      warmed.map(({ digest }) => [digest, false]),
    );
    for (const { cachePath, contentDigest } of served) {
      expect(cachePath.startsWith(copy)).toBe(true);
      await using open = await offline.client.openCached(contentDigest);
      expect((await readFile(cachePath)).equals(await open.bytes())).toBe(true);
    }
  });
  expect(offline.warnings()).toEqual([]);
  await tiered.client.pullLock(lock);
  expect(tiered.warnings()).toEqual([]);
  expect(registry.connections).toBe(0);
});

test("no file in a warmed folder, and no link, holds an absolute path, and everyone may read all of it", async () => {
  await using locked = await openLocked();
  const { dir, lock } = locked;
  const to = join(dir, "image");
  const umask = process.umask(0o077);
  try {
    await using cache = openClient(join(dir, "own"));
    await cache.client.warm(lock, to);
  } finally {
    process.umask(umask);
  }
  const modes = new Set<string>();
  const leads: string[] = [];
  for (const name of ["", ...(await readdir(to, { recursive: true }))]) {
    const path = join(to, name);
    const stats = await lstat(path);
    if (stats.isSymbolicLink() && isAbsolute(await readlink(path))) leads.push(name);
    if (!stats.isSymbolicLink())
      modes.add(`${stats.isDirectory() ? "folder" : "file"} ${(stats.mode & 0o7777).toString(8)}`);
    if (stats.isFile() && (await readFile(path)).includes(dir)) leads.push(name);
  }
  expect(leads).toEqual([]);
  expect([...modes].toSorted()).toEqual(["file 644", "folder 755"]);
  const stays = (await filesBelow(to)).filter((path) =>
    /^\.store\/v1\/(used|ingest|locks|leases|trash|gc)/.test(path),
  );
  expect(stays).toEqual([]);
});

test("warming again changes nothing and asks nobody, and goes on where it was stopped", async () => {
  await using locked = await openLocked();
  const { registry, dir, lock } = locked;
  const to = join(dir, "image");
  await using cache = openClient(join(dir, "own"));
  const stop = new AbortController();
  await using stopped = openClient(join(dir, "own"), {
    onEvent: ({ event }) => event === "cached" && stop.abort(),
  });
  await expect(stopped.client.warm(lock, to, { signal: stop.signal, jobs: 1 })).rejects.toMatchObject({
    code: "ABORTED",
  });
  await cache.client.warm(lock, to);
  const before = await contentsOf(to);
  registry.clearLog();
  expect((await cache.client.warm(lock, to)).map(({ fetched }) => fetched)).toEqual([false, false, false]);
  expect(await contentsOf(to)).toEqual(before);
  expect(registry.requests).toEqual([]);
});

test("with SOURCE_DATE_EPOCH two warmed folders are alike to the last time stamp", async () => {
  await using locked = await openLocked();
  const { dir, lock } = locked;
  const env = { SOURCE_DATE_EPOCH: "1700000000" };
  const made: (readonly string[])[] = [];
  for (const name of ["one", "two"]) {
    await using cache: TestClient = openClient(join(dir, `own of ${name}`), { env });
    await cache.client.warm(lock, join(dir, name), { jobs: 1 });
    made.push(await contentsOf(join(dir, name), true));
  }
  expect(made[0]).toEqual(made[1]);
  expect(made[0]!.every((line) => line.includes(" 1700000000000 "))).toBe(true);
  await using bad = openClient(join(dir, "own"), { env: { SOURCE_DATE_EPOCH: "yesterday" } });
  await expect(bad.client.warm(lock, join(dir, "three"))).rejects.toMatchObject({ code: "INVALID_CONFIG" });
  expect(await readdir(dir)).not.toContain("three");
});

test("what the cache in use has is taken from there, and a root that exists keeps its mode and its files", async () => {
  await using locked = await openLocked();
  const { registry, dir, lock } = locked;
  const to = join(dir, "image");
  await mkdir(join(to, "src"), { recursive: true });
  await chmod(to, 0o711);
  await writeFile(join(to, "src/mine.txt"), "mine", { mode: 0o600 });
  await using cache = openClient(join(dir, "own"));
  const pulled = await cache.client.pullLock(lock);
  registry.clearLog();
  await cache.client.warm(lock, to);
  expect(registry.requests).toEqual([]);
  expect((await stat(to)).mode & 0o777).toBe(0o711);
  expect((await stat(join(to, "src/mine.txt"))).mode & 0o777).toBe(0o600);
  for (const { contentDigest } of pulled) expect(await readdir(to)).toContain(hexOf(contentDigest));
  expect(await readFile(viewOf(to, pulled[2]!.contentDigest, "metadata.json"), "utf8")).not.toContain(
    "local",
  );
});

/** Path, mode, times where they are asked for, and bytes of everything below a folder. */
async function contentsOf(root: string, withTimes = false): Promise<readonly string[]> {
  const names = ["", ...(await readdir(root, { recursive: true }))].toSorted();
  return Promise.all(
    names.map(async (name) => {
      const path = join(root, name);
      const stats = await lstat(path);
      const bytes = stats.isFile() ? (await readFile(path)).toString("base64") : "";
      return `${name} ${stats.mode} ${withTimes ? stats.mtimeMs : ""} ${bytes}`;
    }),
  );
}
