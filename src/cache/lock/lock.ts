import { basename, dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { abortedError, throwIfAborted } from "../../core/index.ts";
import { folderClock } from "../files/file-clock.ts";
import { ifPresent, ifWritable } from "../files/io-errors.ts";
import { readdir } from "../files/quick-fs.ts";
import { isOwnerGone } from "../owner.ts";
import { prepareStore } from "../publishing/prepare.ts";
import type { Store } from "../store.ts";
import { claimLock, type LockState } from "./claim.ts";
import { type LockFiles, openLockFiles } from "./lock-files.ts";

/** A lock that is held. It is advice to others: what they do without it costs work, never correctness. */
export interface Lock {
  /** Tells those who wait how far the holder has come, in bytes. */
  readonly report: (receivedBytes: number) => void;
  /**
   * Lets go of the lock.
   * @param isDone whether there is nothing left to do under it: then all traces of it go too
   */
  readonly release: (isDone: boolean) => Promise<void>;
}

/** Who is waited for. */
export interface LockWait {
  /** As in `pid 4711 on this machine`. */
  readonly holder: string;
  /** How long this call has waited. */
  readonly seconds: number;
}

/** How {@link acquireLock} waits. */
export interface AcquireLockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called after a second of waiting, and then every five seconds. */
  readonly onWait?: ((wait: LockWait) => void) | undefined;
}

/** Where a lock lies. */
interface LockPlace {
  readonly files: LockFiles;
  /** A folder on the same file system, for files by which its clock is read. */
  readonly scratch: string;
  /** Makes what the files lie in. */
  readonly prepare: () => Promise<void>;
}

/** A holder that cannot be looked up counts as gone when its record is older than this. */
const staleMs = 30_000;
/** A holder that makes no progress for so long is not waited for any more. */
const stuckMs = 60_000;
const firstWordMs = 1_000;
const furtherWordMs = 5_000;
const shortestPauseMs = 25;
const longestPauseMs = 250;

/**
 * Gets the lock of `key`, waiting as long as its holder makes progress. `undefined` when it makes none for a minute, or
 * the cache cannot be written: the caller goes on without the lock.
 * @throws {DistError} ABORTED
 */
export function acquireLock(
  store: Store,
  key: string,
  options: AcquireLockOptions = {},
): Promise<Lock | undefined> {
  return acquireAt(placeOf(store, key), options);
}

/** The same for a file outside any cache, whose folder must be there: the lock is a file beside it. */
export function acquireFileLock(path: string): Promise<Lock | undefined> {
  const folder = dirname(path);
  const files = openLockFiles(folder, `${basename(path)}.lock`);
  return acquireAt({ files, scratch: folder, prepare: () => Promise.resolve() }, {});
}

/**
 * Gets the lock of `key` when nobody has it; `undefined` when somebody has, or the cache cannot be written.
 */
export async function tryLock(store: Store, key: string): Promise<Lock | undefined> {
  let lock: Lock | undefined;
  const place = placeOf(store, key);
  await ifWritable(async () => {
    await place.prepare();
    const claim = await claimLock(place.files, (state) => isGone(place, state));
    if ("generation" in claim) lock = heldLock(place, claim.generation);
  });
  return lock;
}

/** Deletes what those left in the cache who held locks, and have ended or let go of them. */
export async function freeLocks(store: Store): Promise<void> {
  const names = (await ifPresent(readdir(store.locks))) ?? [];
  const keys = new Set(names.flatMap((name) => /^(.+)\.[1-9]\d*$/.exec(name)?.[1] ?? []));
  for (const key of keys) await (await tryLock(store, key))?.release(true);
}

function placeOf(store: Store, key: string): LockPlace {
  const files = openLockFiles(store.locks, key);
  return { files, scratch: store.ingest, prepare: () => prepareStore(store) };
}

async function acquireAt(place: LockPlace, options: AcquireLockOptions): Promise<Lock | undefined> {
  let lock: Lock | undefined;
  await ifWritable(async () => {
    await place.prepare();
    lock = await waitForLock(place, options);
  });
  return lock;
}

async function waitForLock(
  place: LockPlace,
  { signal, onWait }: AcquireLockOptions,
): Promise<Lock | undefined> {
  const patience = createPatience();
  let waitedMs = 0;
  let nextWordMs = firstWordMs;
  for (let pauseMs = shortestPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    throwIfAborted(signal);
    const claim = await claimLock(place.files, (state) => isGone(place, state));
    if ("generation" in claim) return heldLock(place, claim.generation);
    if (patience.isOver(claim.state, waitedMs)) return undefined;
    if (waitedMs >= nextWordMs) {
      onWait?.({ holder: await nameOf(claim.state), seconds: Math.round(waitedMs / 1000) });
      nextWordMs += furtherWordMs;
    }
    // Spread, so that those who wait for one lock do not all look at once.
    const spreadMs = pauseMs * (0.5 + Math.random());
    await pause(spreadMs, signal);
    waitedMs += spreadMs;
  }
}

function heldLock({ files }: LockPlace, generation: number): Lock {
  const record = files.record();
  if (record === undefined) throw new TypeError("a lock without a record");
  return {
    report: record.report,
    async release(isDone) {
      // A lock that cannot be let go of on a full or broken disk is taken over when this process has ended.
      await ifWritable(async () => {
        // First of all: what cannot be deleted then holds up nobody.
        await record.release();
        if (isDone) await files.remove(generation);
      });
    },
  };
}

async function isGone({ scratch }: LockPlace, state: LockState): Promise<boolean> {
  if (state.kind === "released") return true;
  const gone = state.kind === "held" ? await isOwnerGone(state.holder.owner) : undefined;
  if (gone !== undefined) return gone;
  const { modifiedMs } = state.kind === "held" ? state.holder : state;
  return (await folderClock(scratch)) - modifiedMs > staleMs;
}

/** Notices when a holder has made no progress for a minute of waiting. */
function createPatience(): { readonly isOver: (state: LockState, waitedMs: number) => boolean } {
  let seen: string | undefined;
  let sinceMs = 0;
  return {
    isOver(state, waitedMs) {
      const progress =
        state.kind === "held" ? JSON.stringify([state.holder.owner, state.holder.receivedBytes]) : "";
      if (progress !== seen) {
        seen = progress;
        sinceMs = waitedMs;
      }
      return waitedMs - sinceMs >= stuckMs;
    },
  };
}

async function nameOf(state: LockState): Promise<string> {
  if (state.kind !== "held") return "another process";
  const { owner } = state.holder;
  const isNear = (await isOwnerGone(owner)) !== undefined;
  return `pid ${String(owner["pid"])} ${isNear ? "on this machine" : "on another machine or in another container"}`;
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (signal?.aborted === true) throw abortedError(signal);
    throw error;
  }
}
