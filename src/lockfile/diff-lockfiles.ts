import { normalize } from "node:path/posix";
import type { LockEntry, Lockfile } from "./lock-entry.ts";
import { placedReference } from "./placed-reference.ts";

/** What {@link diffLockfiles} compares of two entries. */
export type ComparedField =
  | "name"
  | "reference"
  | "range"
  | "digest"
  | "contentDigest"
  | "componentId"
  | "bundledPath"
  | "hasSignature";

/** An entry that means something else in the second lockfile. */
export interface ChangedEntry {
  readonly before: LockEntry;
  readonly after: LockEntry;
  /** Where they differ; not empty. */
  readonly fields: readonly ComparedField[];
}

/** How two lockfiles differ. */
export interface LockDiff {
  /** In the order of the second lockfile. */
  readonly added: readonly LockEntry[];
  /** In the order of the first lockfile, like the changed ones. */
  readonly removed: readonly LockEntry[];
  readonly changed: readonly ChangedEntry[];
}

/**
 * Compares what two lockfiles mean, whatever dialect and order each is written in. Entries belong together by their
 * name, else by their component id, else, where one has no name, by where they are found. A name or component id that
 * only one of them has is no difference, nor is the size or media type, which follow from the digest.
 */
export function diffLockfiles(before: Lockfile, after: Lockfile): LockDiff {
  const pairs = new Map<LockEntry, LockEntry>();
  let left = before.entries;
  let right = after.entries;
  for (const rule of rules) {
    for (const [a, b] of pairsBy(left, right, rule)) pairs.set(a, b);
    const paired = new Set(pairs.values());
    left = left.filter((entry) => !pairs.has(entry));
    right = right.filter((entry) => !paired.has(entry));
  }
  const changed = before.entries.flatMap((entry): readonly ChangedEntry[] => {
    const other = pairs.get(entry);
    if (other === undefined) return [];
    const fields = comparedFields.filter((field) => differ[field](entry, other));
    return fields.length === 0 ? [] : [{ before: entry, after: other, fields }];
  });
  return { added: right, removed: left, changed };
}

/** What an entry is found by; `undefined` for one that cannot be found so. */
type KeyOf = (entry: LockEntry) => string | undefined;

const nameOf: KeyOf = ({ name }) => name;
const componentOf: KeyOf = ({ componentId }) => componentId;
const placeOf: KeyOf = ({ reference }) => placedReference(reference).place;
const placeOfUnnamed: KeyOf = (entry) => (entry.name === undefined ? placeOf(entry) : undefined);

/** By what entries of the first lockfile find those of the second, the surest first. */
const rules: readonly (readonly [left: KeyOf, right: KeyOf])[] = [
  [nameOf, nameOf],
  [componentOf, componentOf],
  [placeOfUnnamed, placeOf],
  [placeOf, placeOfUnnamed],
];

function pairsBy(
  left: readonly LockEntry[],
  right: readonly LockEntry[],
  [keyOfLeft, keyOfRight]: (typeof rules)[number],
): readonly (readonly [LockEntry, LockEntry])[] {
  const byKey = new Map<string, LockEntry[]>();
  for (const entry of right.toReversed()) {
    const key = keyOfRight(entry);
    const namesakes = key === undefined ? undefined : byKey.get(key);
    if (namesakes !== undefined) namesakes.push(entry);
    else if (key !== undefined) byKey.set(key, [entry]);
  }
  return left.flatMap((entry) => {
    const key = keyOfLeft(entry);
    const found = key === undefined ? undefined : byKey.get(key)?.pop();
    return found === undefined ? [] : [[entry, found] as const];
  });
}

type Differ = (a: LockEntry, b: LockEntry) => boolean;

/** What only one of them says is a difference. */
const other =
  (field: keyof LockEntry): Differ =>
  (a, b) =>
    a[field] !== b[field];

/** What only one of them says is none. */
const otherWord =
  (field: keyof LockEntry): Differ =>
  (a, b) =>
    a[field] !== undefined && b[field] !== undefined && a[field] !== b[field];

const differ: Readonly<Record<ComparedField, Differ>> = {
  name: otherWord("name"),
  reference: (a, b) => meaningOf(a) !== meaningOf(b),
  range: other("range"),
  digest: other("digest"),
  contentDigest: other("contentDigest"),
  componentId: otherWord("componentId"),
  bundledPath: (a, b) => normal(a.bundledPath) !== normal(b.bundledPath),
  hasSignature: other("hasSignature"),
};

const comparedFields: readonly ComparedField[] = [
  "name",
  "reference",
  "range",
  "digest",
  "contentDigest",
  "componentId",
  "bundledPath",
  "hasSignature",
];

function normal(path: string | undefined): string | undefined {
  return path === undefined ? undefined : normalize(path);
}

function meaningOf({ reference }: LockEntry): string {
  const { place, version } = placedReference(reference);
  return JSON.stringify([place, version]);
}
