import type { Cache, Sweep } from "../../cache/index.ts";
import type { Digest } from "../../core/index.ts";
import { readLock } from "../lock/read-lock.ts";

/** How a cache is cleaned up. */
export interface GcOptions {
  /** When the cache holds more bytes than this, artifacts that were used longest ago go, down to four fifths of it. */
  readonly maxBytes?: number | undefined;
  /** Artifacts that were not used for so many milliseconds go. */
  readonly olderThanMs?: number | undefined;
  /** What was used within so many milliseconds stays. Default: two hours. */
  readonly minAgeMs?: number | undefined;
  /** What these lockfiles name stays. Default: none. */
  readonly keepLocks?: readonly string[] | undefined;
  /** Says what would be removed, and removes nothing. Default: false. */
  readonly dryRun?: boolean | undefined;
}

/**
 * Removes what is broken and what crashes left; with `maxBytes` or `olderThanMs` whole artifacts too, used longest ago
 * first. What is pinned, leased, or named by a lock stays.
 * @throws {DistError} what reading a lockfile throws; nothing is removed then
 */
export async function collect(cache: Cache, options: GcOptions): Promise<Sweep> {
  const { maxBytes, olderThanMs, minAgeMs, keepLocks = [], dryRun } = options;
  for (const [name, value] of Object.entries({ maxBytes, olderThanMs, minAgeMs })) {
    if (value !== undefined && !(value >= 0)) throw new TypeError(`${name} must not be negative`);
  }
  const locks = await Promise.all(keepLocks.map((path) => readLock(path)));
  const entries = locks.flatMap(({ items }) => items.map(({ entry }) => entry));
  const keep = new Set<Digest>();
  for (const { digest, contentDigest } of entries) {
    for (const one of [digest, contentDigest]) if (one !== undefined) keep.add(one);
  }
  return cache.collectGarbage({ maxBytes, olderThanMs, minAgeMs, keep, dryRun });
}
