import { existsSync, realpathSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import { type Digest, DistError, errnoOf, isDistError, printable, type Reference } from "../../core/index.ts";
import {
  type LockEntry,
  type Lockfile,
  lockfileLimits,
  parseLockfile,
  type ResolveEntryOptions,
  resolveEntryReference,
} from "../../lockfile/index.ts";
import { readRegularFile } from "../files/read-regular-file.ts";
import { lockFailure } from "./lock-failure.ts";
import { outcomeOf, valuesOf } from "../settle-all.ts";

/** An entry of a lockfile, and what its reference means. */
export interface LockItem {
  readonly entry: LockEntry;
  readonly reference: Reference;
}

/** A lockfile on disk, every entry of it checked. */
export interface OpenLock {
  readonly bytes: Uint8Array;
  readonly dialect: Lockfile["dialect"];
  /** In the lock's order. */
  readonly items: readonly LockItem[];
}

/** How {@link readLock} reads. */
interface ReadLockOptions {
  /** Refuses a reference by throwing. Default: all are good. */
  readonly check?: ((item: LockItem) => void) | undefined;
  /** Whether a reference may have a range in the place of its tag. Default: false. */
  readonly takesRanges?: boolean | undefined;
  /** Whether a file that is not there can be had by its pin. Default: none can. */
  readonly isHeld?: ((digest: Digest) => Promise<boolean>) | undefined;
}

/**
 * Reads a lockfile and finds out what its entries refer to. Nothing but the lock and the paths in it is looked at.
 * @throws {DistError} NOT_FOUND, INVALID_INPUT, IO, INVALID_LOCKFILE; or the error of the entries that cannot be used
 */
export async function readLock(
  path: string,
  { check, takesRanges, isHeld }: ReadLockOptions = {},
): Promise<OpenLock> {
  const bytes = await readLockBytes(path);
  const { dialect, entries } = await parseLockfile(bytes, { path });
  const folder = dirname(resolve(path));
  const outcomes = await Promise.all(
    entries.map((entry) =>
      outcomeOf(async () => {
        const pathOptions = { lockFolder: folder, pathExists: existsSync, takesRanges };
        const reference = await referenceOf(entry, pathOptions, isHeld);
        if (entry.bundledPath !== undefined) await refuseOutside(folder, reference, entry);
        check?.({ entry, reference });
        return { entry, reference };
      }),
    ),
  );
  const items = valuesOf(outcomes);
  if (items.length < entries.length) throw lockFailure(path, entries, outcomes, []);
  return { bytes, dialect, items };
}

/**
 * The bytes of a lockfile, which may be no lockfile.
 * @throws {DistError} NOT_FOUND, INVALID_INPUT, IO; INVALID_LOCKFILE when it is too large
 */
export async function readLockBytes(path: string): Promise<Uint8Array> {
  const content = await readRegularFile(path, lockfileLimits.bytes);
  if ("bytes" in content) return content.bytes;
  const { flaw, kind, cause } = content;
  const shown = printable(path);
  const details = { path: shown };
  if (kind === "too large") {
    throw new DistError("INVALID_LOCKFILE", `invalid lockfile \`${shown}\`: ${flaw}`, details);
  }
  if (kind === "missing") {
    const hint = "check the path; `greentic-dist lock create REF… -o FILE` makes a lockfile";
    throw new DistError("NOT_FOUND", `lockfile \`${shown}\` ${flaw}`, details, { hint, cause });
  }
  const hint = "name a lockfile that this user may read";
  throw new DistError("INVALID_INPUT", `lockfile \`${shown}\` ${flaw}`, details, { hint, cause });
}

/** What an entry refers to: a file that is not there by its pin, where that is held, as after a bundle was loaded. */
async function referenceOf(
  entry: LockEntry,
  options: ResolveEntryOptions,
  isHeld: ReadLockOptions["isHeld"] = () => Promise.resolve(false),
): Promise<Reference> {
  const { reference: text, digest = entry.contentDigest } = entry;
  try {
    const reference = resolveEntryReference(entry, options);
    const isGone = (reference.kind === "file" || reference.kind === "layout") && !existsSync(reference.path);
    if (!isGone || digest === undefined || !(await isHeld(digest))) return reference;
  } catch (error) {
    if (!isDistError(error, "NOT_FOUND") || digest === undefined || !(await isHeld(digest))) throw error;
  }
  return { kind: "digest", text, digest };
}

/** The text of a bundled path cannot lead out of the lock's folder, but a symbolic link on the way can. */
async function refuseOutside(
  folder: string,
  reference: Reference,
  { bundledPath }: LockEntry,
): Promise<void> {
  if (reference.kind !== "file") return;
  const inside = realPathOf(reference.path);
  if (inside === undefined) return;
  const way = relative(realpathSync(folder), inside);
  if (!isAbsolute(way) && way.split(/[/\\]/, 1)[0] !== "..") return;
  const shown = printable(bundledPath ?? "");
  throw new DistError(
    "INVALID_LOCKFILE",
    `bundled file \`${shown}\` leads out of the lockfile's folder`,
    { path: shown },
    { hint: "put the file itself where the link is" },
  );
}

/** `undefined` for what is not there: the pull says so. */
function realPathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
