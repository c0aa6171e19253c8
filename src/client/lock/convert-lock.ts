import { dirname, resolve } from "node:path";
import { DistError, printable } from "../../core/index.ts";
import {
  type ConvertedLockfile,
  convertLockfile,
  type LockDialect,
  type LostKeys,
  resolveEntryReference,
} from "../../lockfile/index.ts";
import { folderOf, type OutputTarget, writeOutput } from "../files/output-target.ts";
import { type LockItem, readLock, readLockBytes } from "./read-lock.ts";

/** How a lockfile is converted. */
export interface ConvertLockOptions {
  readonly to: LockDialect;
  /** Writes what the dialect can hold and leaves the rest out. Default: false, then that is refused. */
  readonly lossy?: boolean | undefined;
}

/** What a converted lockfile holds, and what not. */
export type ConvertedLock = Omit<ConvertedLockfile, "bytes">;

/**
 * Writes a lockfile in another dialect, to `output`; no reference in it is asked for.
 * @returns what was left out
 * @throws {DistError} INVALID_INPUT that names all that the dialect cannot hold, or the paths that would lead elsewhere;
 * nothing is written then
 */
export async function convertLock(
  path: string,
  output: OutputTarget,
  { to, lossy = false }: ConvertLockOptions,
): Promise<ConvertedLock> {
  await refuseOtherFolder(path, output);
  const { bytes, entries, lost } = await convertLockfile(await readLockBytes(path), { path, to });
  if (lost.length > 0 && !lossy) throw lossRefused(path, to, lost);
  await writeOutput(output, bytes);
  return { entries, lost };
}

/** Paths in a lock begin at its folder, and would lead elsewhere from another one. */
async function refuseOtherFolder(path: string, output: OutputTarget): Promise<void> {
  const [from, lockFolder] = [dirname(resolve(path)), folderOf(output)];
  if (from === lockFolder) return;
  const { items } = await readLock(path, { takesRanges: true });
  const moved = items.find(({ entry, reference }) => {
    const isPath = pathOf(reference) !== undefined;
    const now = resolveEntryReference(entry, { lockFolder, pathExists: () => isPath, takesRanges: true });
    return pathOf(now) !== pathOf(reference);
  });
  if (moved === undefined) return;
  const { name, reference } = moved.entry;
  const message = `\`${printable(name ?? reference)}\` in \`${printable(path)}\` has a path that begins at the lockfile's folder`;
  const hint = "write the new lockfile into the same folder";
  throw new DistError("INVALID_INPUT", message, { path: printable(path) }, { hint });
}

function pathOf(reference: LockItem["reference"]): string | undefined {
  return reference.kind === "file" || reference.kind === "layout" ? reference.path : undefined;
}

/** How many entries a message names. */
const namedEntries = 10;

function lossRefused(path: string, to: LockDialect, lost: readonly LostKeys[]): DistError<"INVALID_INPUT"> {
  const named = lost.slice(0, namedEntries).map((one) => `\n  ${printLost(one)}`);
  const more = lost.length > namedEntries ? `\n  and ${lost.length - namedEntries} more` : "";
  const shown = printable(path);
  const message = `${to} has no place for all that \`${shown}\` says:${named.join("")}${more}`;
  const hint = "--lossy (in the library `lossy`) writes it without";
  return new DistError("INVALID_INPUT", message, { path: shown }, { hint });
}

/** What was left out, in a line. */
export function printLost({ index, name, keys }: LostKeys): string {
  const entry = name === undefined ? `entry ${index}` : printable(name);
  return `${index === undefined ? "beside the entries" : `of ${entry}`}: ${keys.map(printable).join(", ")}`;
}
