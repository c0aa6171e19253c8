import { diffLockfiles, type LockDiff, type Lockfile, parseLockfile } from "../../lockfile/index.ts";
import { readLockBytes } from "./read-lock.ts";

/**
 * How two lockfiles differ; each is the path of one, or what stands in it. No reference in them is looked at.
 * @throws {DistError} NOT_FOUND, INVALID_INPUT, IO, INVALID_LOCKFILE
 */
export async function diffLocks(before: string | Uint8Array, after: string | Uint8Array): Promise<LockDiff> {
  return diffLockfiles(await open(before), await open(after));
}

async function open(lock: string | Uint8Array): Promise<Lockfile> {
  if (typeof lock !== "string") return parseLockfile(lock, { path: "-" });
  return parseLockfile(await readLockBytes(lock), { path: lock });
}
