import { DistError, printable } from "../core/index.ts";

/** An entry that cannot be used, and why. Safe to print. */
export interface BadEntry {
  /** Where it stands in the lock, counted from 0. */
  readonly index: number;
  readonly name: string | undefined;
  readonly reason: string;
}

/** The `details` of an INVALID_LOCKFILE error. */
interface InvalidLockfileDetails {
  readonly path: string;
  /** Every bad entry in the lock's order; absent when the lock as a whole is bad. */
  readonly entries?: readonly BadEntry[] | undefined;
}

/** How many bad entries a message names; `details.entries` has them all. */
const namedEntries = 10;

/** The error of a file that is no lockfile; `why` continues a sentence that begins with it, and is safe to print. */
export function invalidLockfile(
  path: string,
  why: string,
  hint = "make the lockfile again, or take it from version control",
): DistError<"INVALID_LOCKFILE"> {
  return failure({ path: printable(path) }, why, hint);
}

/** The error of a lockfile with bad entries: names each of them. */
export function badEntries(path: string, entries: readonly BadEntry[]): DistError<"INVALID_LOCKFILE"> {
  return failure(
    { path: printable(path), entries },
    named(entries),
    "correct these entries (they are counted from 0), or make the lockfile again; `greentic-dist resolve REF` prints the digest that belongs to a reference",
  );
}

/** The error of entries that a dialect cannot hold: names each of them. */
export function unconvertible(path: string, entries: readonly BadEntry[]): DistError<"INVALID_INPUT"> {
  const shown = printable(path);
  const message = `\`${shown}\` cannot be written as CBOR: ${named(entries)}`;
  const hint = "pack.lock.cbor holds what pack tools know of each component; let them make it";
  return new DistError("INVALID_INPUT", message, { path: shown }, { hint });
}

function named(entries: readonly BadEntry[]): string {
  const texts = entries.slice(0, namedEntries).map(({ index, name, reason }) => {
    return `entry ${index}${name === undefined ? "" : ` \`${name}\``} ${reason}`;
  });
  const more = entries.length - texts.length;
  return `${texts.join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
}

function failure(details: InvalidLockfileDetails, why: string, hint: string): DistError<"INVALID_LOCKFILE"> {
  return new DistError("INVALID_LOCKFILE", `invalid lockfile \`${details.path}\`: ${why}`, details, { hint });
}
