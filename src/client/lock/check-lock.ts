import type { Digest } from "../../core/index.ts";
import { compareEntry, type LockEntry } from "../../lockfile/index.ts";
import { describe, type DescribedArtifact } from "../describe.ts";
import { lockFailure } from "./lock-failure.ts";
import type { PullContext } from "../pull-context.ts";
import { type LockItem, readLock } from "./read-lock.ts";
import { settleAll, type SettleOptions, valuesOf } from "../settle-all.ts";

/** An entry of a lockfile whose reference means something else now. */
export interface MovedEntry {
  readonly name: string | undefined;
  /** As it stands in the lock. */
  readonly reference: string;
  /** What the lock pins; `undefined` when it pinned nothing. */
  readonly expected: Digest | undefined;
  readonly actual: Digest;
}

/** An entry of a lockfile, and what its reference means now. */
export interface ComparedItem extends LockItem {
  readonly found: DescribedArtifact;
  readonly moved: MovedEntry | undefined;
}

/**
 * The entries of a lockfile whose reference means something else now. What pins nothing cannot move.
 * @throws {DistError} an error of which `isLockFailure` holds when references fail
 */
export async function checkLock(
  context: PullContext,
  path: string,
  options: SettleOptions,
): Promise<readonly MovedEntry[]> {
  const { items } = await readLock(path);
  const compared = await compareItems(context, path, items, options);
  return compared.flatMap(({ moved }) => (moved === undefined ? [] : [moved]));
}

/**
 * Compares entries with what their references mean now.
 * @throws {DistError} an error of which `isLockFailure` holds when references fail
 */
export async function compareItems(
  context: PullContext,
  path: string,
  items: readonly LockItem[],
  options: SettleOptions,
): Promise<readonly ComparedItem[]> {
  const compare = async (item: LockItem): Promise<ComparedItem> => {
    const found = await describe(context, item.reference, options.signal);
    return { ...item, found, moved: movedEntry(item.entry, found) };
  };
  const outcomes = await settleAll(items, compare, options);
  const compared = valuesOf(outcomes);
  if (compared.length === items.length) return compared;
  const entries = items.map(({ entry }) => entry);
  throw lockFailure(path, entries, outcomes, []);
}

function movedEntry(entry: LockEntry, found: DescribedArtifact): MovedEntry | undefined {
  const { contentDigest, manifestDigest } = found;
  // Of what lies behind an index, a lock may pin the index or the manifest.
  const digest = entry.digest === manifestDigest ? (manifestDigest ?? found.digest) : found.digest;
  const comparison = compareEntry(entry, { digest, contentDigest });
  if (comparison.state !== "moved") return undefined;
  const { expected, actual } = comparison;
  return { name: entry.name, reference: entry.reference, expected, actual };
}
