import { mkdir, readdir, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { installFailPoints } from "../../../test/support/fail-points.ts";
import { tempDir } from "../../../test/support/temp-dir.ts";
import { describeOwner } from "../owner.ts";
import { createStore, type Store } from "../store.ts";
import { acquireFileLock, acquireLock, freeLocks, type Lock, type LockWait } from "./lock.ts";

const key = "00".repeat(32);

async function openStore(): Promise<AsyncDisposable & { readonly store: Store }> {
  const dir = await tempDir();
  const store = createStore(dir.path, () => 0);
  return { store, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
}

/** Leaves a lock behind as another process would. */
async function leave({ locks }: Store, record: string, secondsAgo: number): Promise<void> {
  await mkdir(locks, { recursive: true });
  const path = join(locks, `${key}.7`);
  await writeFile(path, record);
  const time = Date.now() / 1000 - secondsAgo;
  await utimes(path, time, time);
}

async function recordOf(change: object): Promise<string> {
  return JSON.stringify({ owner: { ...(await describeOwner()), ...change }, received_bytes: 5 });
}

async function expectHeld(lock: Lock | undefined): Promise<Lock> {
  expect(lock).toBeDefined();
  if (lock === undefined) throw new Error("not held");
  return lock;
}

/** Expects that a lock is not to be had within some time. */
async function expectWaiting(store: Store, ms: number): Promise<void> {
  const waiting = acquireLock(store, key, { signal: AbortSignal.timeout(ms) });
  await expect(waiting).rejects.toMatchObject({ code: "ABORTED" });
}

/** Expects that a lock is not to be had, and returns what is first said to whoever waits for it. */
async function firstWord(store: Store): Promise<LockWait | undefined> {
  const stop = new AbortController();
  let said: LockWait | undefined;
  const onWait = (wait: LockWait): void => {
    said = wait;
    stop.abort();
  };
  const waiting = acquireLock(store, key, { signal: stop.signal, onWait });
  await expect(waiting).rejects.toMatchObject({ code: "ABORTED" });
  return said;
}

test("a lock that was let go when all was done leaves nothing", async () => {
  await using cache = await openStore();
  const lock = await expectHeld(await acquireLock(cache.store, key));
  expect(await readdir(cache.store.locks)).toEqual([`${key}.1`]);
  await lock.release(true);
  expect(await readdir(cache.store.locks)).toEqual([]);
});

test("the lock of a file lies beside it, and leaves nothing", async () => {
  await using dir = await tempDir();
  const lock = await expectHeld(await acquireFileLock(join(dir.path, "auth.json")));
  expect(await readdir(dir.path)).toEqual(["auth.json.lock.1"]);
  await lock.release(true);
  expect(await readdir(dir.path)).toEqual([]);
});

test.each(["ENOSPC", "EIO"])("a lock that %s kept from being written holds up nobody", async (errno) => {
  await using cache = await openStore();
  {
    using _ = await installFailPoints(cache.store.locks, ({ name }) => {
      if (name === "handle.write") throw Object.assign(new Error(errno), { code: errno });
    });
    const lock = await acquireLock(cache.store, key).catch(() => undefined);
    expect(lock).toBeUndefined();
  }
  expect(await readdir(cache.store.locks)).toEqual([]);
});

test("locks that nobody holds any more are deleted, and nothing else", async () => {
  await using cache = await openStore();
  await leave(cache.store, await recordOf({ start_time: "1" }), 0);
  await writeFile(join(cache.store.locks, "other.txt"), "");
  const held = await expectHeld(await acquireLock(cache.store, "held"));
  await freeLocks(cache.store);
  expect((await readdir(cache.store.locks)).toSorted()).toEqual(["held.1", "other.txt"]);
  await held.release(true);
});

test("a lock that was let go with work left is had by the next, under a higher number", async () => {
  await using cache = await openStore();
  await (await expectHeld(await acquireLock(cache.store, key))).release(false);
  const next = await expectHeld(await acquireLock(cache.store, key));
  expect(await readdir(cache.store.locks)).toEqual([`${key}.2`]);
  await next.release(true);
});

test("one of many has the lock at a time", async () => {
  await using cache = await openStore();
  let inside = 0;
  const work = async (): Promise<void> => {
    const lock = await expectHeld(await acquireLock(cache.store, key));
    inside += 1;
    expect(inside).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 2));
    inside -= 1;
    await lock.release(false);
  };
  await Promise.all(Array.from({ length: 10 }, work));
});

test("who waits hears after a second who holds it", async () => {
  await using cache = await openStore();
  const lock = await expectHeld(await acquireLock(cache.store, key));
  expect(await firstWord(cache.store)).toEqual({
    holder: `pid ${process.pid} on this machine`,
    seconds: 1,
  });
  await lock.release(true);
});

test.each([
  { who: "a process of this machine that has ended", change: { start_time: "1" }, secondsAgo: 0 },
  {
    who: "a holder in another container that said nothing for half a minute",
    change: { pid_namespace: "" },
    secondsAgo: 31,
  },
])("the lock of $who is taken over", async ({ change, secondsAgo }) => {
  await using cache = await openStore();
  await leave(cache.store, await recordOf(change), secondsAgo);
  await (await expectHeld(await acquireLock(cache.store, key))).release(false);
  expect(await readdir(cache.store.locks)).toEqual([`${key}.8`]);
});

test("the lock of a holder in another container that was heard of lately is respected", async () => {
  await using cache = await openStore();
  await leave(cache.store, await recordOf({ boot: "another" }), 5);
  const said = await firstWord(cache.store);
  expect(said?.holder).toBe(`pid ${process.pid} on another machine or in another container`);
});

test.each(["", "{", "[]", '{"owner":1}', "\u0000\u0000"])(
  "a record that reads %j is waited for while it is new, and taken over when it is old",
  async (record) => {
    await using cache = await openStore();
    await leave(cache.store, record, 1);
    await expectWaiting(cache.store, 100);
    await leave(cache.store, record, 31);
    const lock = await acquireLock(cache.store, key);
    expect(await readdir(cache.store.locks)).toEqual([`${key}.8`]);
    await lock?.release(true);
  },
);

test("names that are no generations are left alone", async () => {
  await using cache = await openStore();
  const { locks } = cache.store;
  await mkdir(join(locks, `${key}.9`), { recursive: true });
  for (const end of ["x", "0", ""]) await writeFile(join(locks, `${key}.${end}`), "");
  await (await expectHeld(await acquireLock(cache.store, key))).release(true);
  expect((await readdir(cache.store.locks)).toSorted()).toEqual(
    ["", "0", "9", "x"].map((end) => `${key}.${end}`),
  );
});

test("the locks of two keys are held at once, also where one begins like the other", async () => {
  await using cache = await openStore();
  const lock = await expectHeld(await acquireLock(cache.store, key));
  const other = await expectHeld(await acquireLock(cache.store, `${key}.1`));
  expect((await readdir(cache.store.locks)).toSorted()).toEqual([`${key}.1`, `${key}.1.1`]);
  await lock.release(true);
  await other.release(true);
});

test("a name in the place of a lock that is no file holds up nobody, and is left alone", async () => {
  await using cache = await openStore();
  const { locks } = cache.store;
  await mkdir(locks, { recursive: true });
  await symlink("/nowhere", join(locks, `${key}.1`));
  await mkdir(join(locks, `${key}.2`));
  const lock = await expectHeld(await acquireLock(cache.store, key));
  expect((await readdir(locks)).toSorted()).toEqual([1, 2, 3].map((n) => `${key}.${n}`));
  await lock.release(true);
});
