import { readdir, statfs } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { digestOf } from "../../../test/support/cache-files.ts";
import { tempDir } from "../../../test/support/temp-dir.ts";
import { createCache } from "../cache.ts";
import { fileSystemType, isNetworkType } from "./network-file-system.ts";

const digest = digestOf("x");

test.each([
  ["NFS", 0x6969],
  ["SMB", 0xfe534d42],
  ["Ceph", 0x00c36400],
])("on %s nothing is locked or swept, and that is said once", async (_, type) => {
  await using dir = await tempDir();
  let said = 0;
  const root = join(dir.path, "cache");
  const cache = createCache({
    root,
    now: Date.now,
    onNetwork: () => (said += 1),
    fileSystemType: () => Promise.resolve(type),
  });
  expect([await cache.lock(digest), await cache.lock(digest)]).toEqual([undefined, undefined]);
  await cache.sweepIfDue({ maxBytes: 0, minAgeMs: 0, keep: new Set() });
  expect(said).toBe(1);
  expect(await readdir(dir.path)).toEqual([]);
});

test("elsewhere locks are held, and nothing is said", async () => {
  await using dir = await tempDir();
  let said = 0;
  const cache = createCache({ root: dir.path, now: Date.now, onNetwork: () => (said += 1) });
  const lock = await cache.lock(digest);
  expect(lock).toBeDefined();
  await lock?.release(true);
  expect(said).toBe(0);
});

test("a path that is not there yet lies on the file system of the nearest folder that is", async () => {
  await using dir = await tempDir();
  const { type } = await statfs(dir.path);
  expect(await fileSystemType(join(dir.path, "a/b/c"))).toBe(type);
  expect(isNetworkType(type)).toBe(false);
});
