import { constants } from "node:fs";
import { chmod, copyFile, type FileHandle, link, mkdir, open, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { DistError, errnoOf, type JsonObject, isJsonObject, parseJson } from "../core/index.ts";
import type { Store } from "./store.ts";

/** Errors that mean: what was looked for is not there, or is not of the kind it should be. */
const absent: ReadonlySet<string | undefined> = new Set([
  "ENOENT",
  "ENOTDIR",
  "ELOOP",
  "EISDIR",
  "ENXIO",
  "EINVAL",
  "ENAMETOOLONG",
]);
/** Errors that mean: this file system, or this user, cannot write here. */
const refused: ReadonlySet<string | undefined> = new Set(["EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT"]);
/** Errors that mean: this file system, or this pair of places, cannot hold a link. */
const unlinkable: ReadonlySet<string | undefined> = new Set([
  "EPERM",
  "ENOTSUP",
  "EOPNOTSUPP",
  "ENOSYS",
  "EMLINK",
  "EXDEV",
]);
/** Errors that mean: this file system cannot share bytes between files. */
const unclonable: ReadonlySet<string | undefined> = new Set([...unlinkable, "EINVAL", "ENOTTY", "EBADF"]);

/** What `promise` resolves to, or `undefined` when its file is not there. */
export async function ifPresent<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (absent.has(errnoOf(error))) return undefined;
    throw error;
  }
}

/**
 * Does `work` where this user may write and the disk has room, and nothing elsewhere: for what one can do without.
 * Returns whether it was done.
 */
export async function ifWritable(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    const errno = errnoOf(error);
    if (!refused.has(errno) && !absent.has(errno)) throw error;
    return false;
  }
}

/** Runs `work` and turns what the operating system refuses into DISK_FULL or IO, naming the cache's root. */
export async function withIoErrors<T>(root: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const errno = errnoOf(error);
    if (error instanceof DistError || errno === undefined) throw error;
    if (errno === "ENOSPC" || errno === "EDQUOT") {
      throw new DistError(
        "DISK_FULL",
        `no space left for the cache in ${root}`,
        { path: root },
        {
          hint: "free some space, or use another disk with --cache-dir or GREENTIC_DIST_CACHE_DIR",
          cause: error,
        },
      );
    }
    const hint = refused.has(errno)
      ? "give this user write access, or use another folder with --cache-dir or GREENTIC_DIST_CACHE_DIR"
      : "look at the folder; `--cache-dir` or GREENTIC_DIST_CACHE_DIR chooses another";
    throw new DistError(
      "IO",
      `cannot use the cache in ${root}: ${error instanceof Error ? error.message : errno}`,
      { path: root, errno },
      { hint, cause: error },
    );
  }
}

/** Opens a regular file for reading: no link is followed, no FIFO is waited for. `undefined` when there is none. */
export async function openRegular(path: string): Promise<FileHandle | undefined> {
  const handle = await ifPresent(
    open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK),
  );
  if (handle === undefined) return undefined;
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  return undefined;
}

/** All bytes of a regular file of at most `maxBytes`; `undefined` when there is none, or it is larger. */
export async function readRegular(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  const handle = await openRegular(path);
  if (handle === undefined) return undefined;
  try {
    return (await handle.stat()).size > maxBytes ? undefined : await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** A small JSON object; one that cannot be read counts as absent. */
export async function readJson(path: string): Promise<JsonObject | undefined> {
  const bytes = await readRegular(path, 1024 * 1024);
  const value = bytes === undefined ? undefined : parseJson(bytes);
  return isJsonObject(value) ? value : undefined;
}

/** Puts a small JSON file in place at once: whoever reads it sees the old or the new one. */
export async function replaceJson(store: Store, path: string, value: JsonObject): Promise<void> {
  await replaceText(store, path, `${JSON.stringify(value, null, 2)}\n`);
}

/** Puts a small text file in place at once. */
export async function replaceText(store: Store, path: string, text: string): Promise<void> {
  const temporary = join(store.ingest, `${crypto.randomUUID()}.tmp`);
  await writeFile(temporary, text, { flag: "wx", mode: 0o644 });
  try {
    await mkdir(dirname(path), { recursive: true });
    await renameOver(store, temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Renames a file of ours to where it belongs. A folder that bears the name is moved aside: it may hold what is not ours. */
export async function renameOver(store: Store, file: string, path: string): Promise<void> {
  try {
    await rename(file, path);
  } catch (error) {
    if (errnoOf(error) !== "EISDIR") throw error;
    await moveAside(store, path);
    await rename(file, path);
  }
}

/** Makes a folder for something of ours. A file that bears the name is moved aside. */
export async function claimFolder(store: Store, path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
    await moveAside(store, path);
    await mkdir(path, { recursive: true });
  }
}

/** Moves what is not what its name says to the quarantine, which must be there. */
export async function moveAside(store: Store, path: string): Promise<void> {
  await ifPresent(rename(path, join(store.quarantine, `${basename(path)}.${crypto.randomUUID()}`)));
}

/**
 * Makes `path` a file with the bytes of `source`, by the cheapest means that outlives it: reflink, hard link, or a
 * copy that is synced. `path` must not exist.
 */
export async function duplicateFile(source: string, path: string): Promise<void> {
  try {
    await copyFile(source, path, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
    return;
  } catch (error) {
    if (!unclonable.has(errnoOf(error))) throw error;
  }
  if (await linkFile(source, path)) return;
  await copyFile(source, path, constants.COPYFILE_EXCL);
  await chmod(path, 0o644);
  await syncPath(path);
}

/** Hard-links `source` to `path`; `false` where the file system cannot. Throws EEXIST when `path` is taken. */
export async function linkFile(source: string, path: string): Promise<boolean> {
  try {
    await link(source, path);
    return true;
  } catch (error) {
    if (unlinkable.has(errnoOf(error))) return false;
    throw error;
  }
}

/** Makes what was written to a file, or which names a folder holds, survive a power cut. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
