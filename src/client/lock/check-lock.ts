import type { Digest } from "../../core/index.ts";
import { compareEntry, type LockEntry } from "../../lockfile/index.ts";
import { describe, type DescribedArtifact } from "../describe.ts";
import { lockFailure } from "./lock-failure.ts";
import { createChooseNewest } from "./newest-tag.ts";
import type { PullContext } from "../pull/pull-context.ts";
import { type LockItem, readLock } from "./read-lock.ts";
import { settleAll, type SettleOptions, valuesOf } from "../settle-all.ts";

/** An entry of a lockfile whose reference means something else now. */
export interface MovedEntry {
  readonly name: string | undefined;
  /** As it stands in the lock. */
  readonly reference: string;
  /** Which versions the tag is chosen from; `undefined` when it is said. */
  readonly range: string | undefined;
  /** The reference to the highest version in the range, where that is another one. */
  readonly movedTo: string | undefined;
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
  const { items } = await readLock(path, { takesRanges: true });
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
  const chooseNewest = createChooseNewest(context, options.signal);
  const compare = async (item: LockItem): Promise<ComparedItem> => {
    const { range } = item.entry;
    const now = range === undefined ? item.reference : await chooseNewest(item.reference, range);
    const found = await describe(context, now, options.signal);
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
  const { name, reference, range } = entry;
  const movedTo = range === undefined || found.reference === reference ? undefined : found.reference;
  if (comparison.state === "moved") {
    const { expected, actual } = comparison;
    return { name, reference, range, movedTo, expected, actual };
  }
  if (movedTo === undefined) return undefined;
  const expected = entry.digest ?? entry.contentDigest;
  return { name, reference, range, movedTo, expected, actual: found.digest };
}
