import { access, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { DistError, errnoOf, printable } from "../../core/index.ts";
import {
  type Compression,
  compressionNamed,
  layoutArchive,
  layoutEntries,
  type NewLayout,
} from "../../layout/index.ts";
import type { OutputTarget } from "../files/output-target.ts";
import { replaceFile, writeError, writeSynced } from "../files/replace-file.ts";

/** Where a bundle goes, and in which form. */
export interface WriteBundleOptions {
  /**
   * The path of an archive; with a `/` at its end, or of a folder that is there and empty, that of a folder; or what takes
   * an archive chunk by chunk, each borrowed until it resolves.
   */
  readonly output: OutputTarget;
  /** What events call it. Default: its path; of what takes chunks `-`. */
  readonly name?: string | undefined;
  /** How the archive is compressed. Default: as its name says (`.gz`, `.tgz`, `.zst`, `.tzst`), else not at all. */
  readonly compress?: Compression | "none" | undefined;
}

/** Writes a layout. A file or folder is there whole, or not at all. */
export type WriteBundle = (layout: NewLayout) => Promise<void>;

/**
 * Finds out how a bundle is written to `output`, before anything is brought for it.
 * @returns what writes it; it may throw INVALID_INPUT, IO, DISK_FULL
 * @throws {DistError} INVALID_INPUT when it cannot be written there
 */
export async function openOutput({
  output,
  compress,
}: Pick<WriteBundleOptions, "output" | "compress">): Promise<WriteBundle> {
  if (typeof output !== "string") {
    const compression = compress === "none" ? undefined : compress;
    return async (layout) => {
      for await (const chunk of layoutArchive(layout, compression, "-")) await output(chunk);
    };
  }
  const names = await namesIn(output);
  if (names === undefined) await checkFolderOf(output);
  if (names === undefined && !/[/\\]$/.test(output)) {
    const compression = compress === "none" ? undefined : (compress ?? compressionNamed(output));
    return (layout) => replaceFile(output, layoutArchive(layout, compression, output));
  }
  if ((names?.length ?? 0) === 0 && compress === undefined) return (layout) => writeFolder(output, layout);
  const flaw =
    compress === undefined ? "has something in it already" : "is a folder, which cannot be compressed";
  const message = `\`${printable(output)}\` ${flaw}`;
  const hint = "name a file, or a folder that is empty or not there, as in -o bundle/";
  throw new DistError("INVALID_INPUT", message, { path: printable(output) }, { hint });
}

/** The folder that something is to be in must be there. */
async function checkFolderOf(path: string): Promise<void> {
  try {
    await access(`${dirname(resolve(path))}/.`);
  } catch (error) {
    throw writeError(error, path);
  }
}

/** Makes the folder beside where it is to be, and renames it into place. */
async function writeFolder(path: string, layout: NewLayout): Promise<void> {
  const target = resolve(path);
  const temporary = join(dirname(target), `${basename(target)}.${crypto.randomUUID()}.tmp`);
  const folders = new Set([temporary]);
  try {
    for (const { name, open: bytes } of layoutEntries(layout)) {
      const file = join(temporary, name);
      await mkdir(dirname(file), { recursive: true });
      folders.add(dirname(file));
      await writeSynced(file, bytes());
    }
    for (const folder of folders) await syncFolder(folder);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw writeError(error, path);
  }
}

/** Lets the names in a folder last. */
export async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path);
  await folder.sync();
}

/** What is in a folder; `undefined` when there is none. */
async function namesIn(path: string): Promise<readonly string[] | undefined> {
  try {
    return await readdir(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return undefined;
    throw writeError(error, path);
  }
}
