import {
  DistError,
  type DistErrorCode,
  errorTable,
  isDistError,
  printable,
  withoutSecrets,
} from "../../core/index.ts";
import type { LockEntry } from "../../lockfile/index.ts";
import type { CachedArtifact } from "../cached-artifact.ts";
import type { CopiedLockEntry } from "../copy/copy-options.ts";
import type { Outcome } from "../settle-all.ts";

/** An artifact of a lockfile in the cache. Its `digest` is the one that the lock pins, when it pins one. */
export interface LockedArtifact extends CachedArtifact {
  /** What the lock calls it. */
  readonly name: string | undefined;
}

/** An entry of a lockfile that failed. Safe to print. */
export interface FailedEntry {
  readonly name: string | undefined;
  readonly reference: string;
  readonly code: DistErrorCode;
  readonly message: string;
}

/** What the `details` of an error hold beside those of its code, when entries of a lockfile failed. */
export interface LockFailure {
  /** The good entries, in the lock's order. Safe to print. */
  readonly pulled: readonly LockedArtifact[];
  /** Those that were copied all the same, where that was asked for and they are to be found; in the lock's order. Safe to print. */
  readonly copied?: readonly CopiedLockEntry[] | undefined;
  /** The others, in the lock's order. */
  readonly failed: readonly FailedEntry[];
}

/** Whether an error says that entries of a lockfile failed. */
export function isLockFailure(error: unknown): error is DistError & { readonly details: LockFailure } {
  return isDistError(error) && "pulled" in error.details && "failed" in error.details;
}

/** How many entries a message names; `details.failed` has them all. */
const namedEntries = 10;

/**
 * The one error of all entries that failed: of the code of the first one, or of the first whose bytes were not what
 * was promised. `outcomes` has an error for each of these, and anything for the others.
 * @param path of the lockfile; `undefined` when these are references that were named
 */
export function lockFailure(
  path: string | undefined,
  entries: readonly Pick<LockEntry, "name" | "reference">[],
  outcomes: readonly Outcome<unknown>[],
  pulled: readonly LockedArtifact[],
  copied?: readonly CopiedLockEntry[],
): DistError {
  const errors = outcomes.flatMap(({ error }) => (error === undefined ? [] : [error]));
  const failed = entries.flatMap(({ name, reference }, i): readonly FailedEntry[] => {
    const error = outcomes[i]?.error;
    if (error === undefined) return [];
    const { code, message } = error;
    const shown = name === undefined ? undefined : printable(name);
    return [{ name: shown, reference: printable(reference), code, message }];
  });
  const gravest = errors.find(({ code }) => errorTable[code].exitCode === 6) ?? errors[0];
  if (gravest === undefined) throw new TypeError("no entry failed");
  const named = failed.slice(0, namedEntries).map(({ name, reference, message }) => {
    return `\n  ${name ?? reference}: ${message}`;
  });
  const more = failed.length - named.length;
  const what = path === undefined ? "references" : `entries of \`${printable(path)}\``;
  const isAlone = path === undefined && entries.length === 1;
  const message = isAlone
    ? gravest.message
    : `${failed.length} of ${entries.length} ${what} failed:${named.join("")}`;
  const done = { pulled: pulled.map(safe), ...(copied && { copied: copied.map(safe) }) };
  const details = Object.assign({}, gravest.details, done, { failed });
  return new DistError(gravest.code, more > 0 ? `${message}\n  and ${more} more` : message, details, {
    // Who compared them knows no lockfile.
    hint: gravest.hint?.replace("lock update FILE", () => `lock update ${printable(path ?? "FILE")}`),
    cause: gravest,
  });
}

function safe<T extends { readonly reference: string }>(artifact: T): T {
  return { ...artifact, reference: withoutSecrets(artifact.reference) };
}
