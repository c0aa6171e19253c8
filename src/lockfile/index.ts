/**
 * Lockfiles: reads every dialect there is, prints one, and compares entries with what they mean now. Works on bytes
 * and values; knows nothing of files, networks, or how an entry is fetched.
 * @module
 */
export { compareEntry, type CurrentDigests, type EntryComparison, type LockPins } from "./compare-entry.ts";
export {
  type ConvertedLockfile,
  convertLockfile,
  type ConvertLockfileOptions,
  type LostKeys,
} from "./convert-lockfile.ts";
export { type ChangedEntry, type ComparedField, diffLockfiles, type LockDiff } from "./diff-lockfiles.ts";
export { resolveEntryReference, type ResolveEntryOptions } from "./entry-reference.ts";
export type { BadEntry } from "./invalid-lockfile.ts";
export { referenceKeys } from "./entry-fields.ts";
export { type LockDialect, type LockEntry, type Lockfile, lockfileLimits } from "./lock-entry.ts";
export { type PlacedReference, placedReference } from "./placed-reference.ts";
export { parseLockfile, type ParseLockfileOptions } from "./parse-lockfile.ts";
export { parseRangedReference, type RangedReference, splitVersion, withTag } from "./tag-range.ts";
export { type LockRecord, printLockfile } from "./print-lockfile.ts";
