import { printable } from "../core/index.ts";
import { type BadEntry, badEntries, invalidLockfile } from "./invalid-lockfile.ts";
import { type LockEntry, lockfileLimits } from "./lock-entry.ts";
import { parseEntry } from "./parse-entry.ts";

/** An entry as it stands in the file, and the key that it stands under in a map. */
export interface RawEntry {
  readonly value: unknown;
  readonly id?: string | undefined;
}

/**
 * Reads all entries of a lockfile.
 * @throws {DistError} INVALID_LOCKFILE that names every entry that cannot be used
 */
export function parseEntries(raw: readonly RawEntry[], path: string): readonly LockEntry[] {
  const most = lockfileLimits.entries;
  if (raw.length > most) {
    const why = `has ${raw.length} entries, expected at most ${most}`;
    throw invalidLockfile(path, why, "split it into several");
  }
  const parsed = raw.map(({ value, id }, index) => parseEntry(value, index, id));
  const entries = parsed.flatMap((entry) => (isBad(entry) ? [] : [entry]));
  const bad = [...parsed.filter(isBad), ...namesakes(entries)].toSorted((a, b) => a.index - b.index);
  if (bad.length > 0) throw badEntries(path, bad);
  return entries;
}

function isBad(entry: LockEntry | BadEntry): entry is BadEntry {
  return "reason" in entry;
}

/** The entries that say something else than an earlier one of their name. */
function namesakes(entries: readonly LockEntry[]): readonly BadEntry[] {
  const byName = new Map<string, LockEntry>();
  return entries.flatMap((entry) => {
    const { index, name } = entry;
    if (name === undefined) return [];
    const first = byName.get(name);
    if (first === undefined) byName.set(name, entry);
    if (first === undefined || meaningOf(first) === meaningOf(entry)) return [];
    const reason = `means something else than entry ${first.index} of the same name`;
    return [{ index, name: printable(name), reason }];
  });
}

function meaningOf(entry: LockEntry): string {
  const { reference, range, digest, contentDigest, componentId, bundledPath } = entry;
  return JSON.stringify([reference, range, digest, contentDigest, componentId, bundledPath]);
}
