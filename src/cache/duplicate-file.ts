import { constants } from "node:fs";
import { copyFile } from "node:fs/promises";
import { errnoOf } from "../core/index.ts";
import { QuickFile } from "./quick-file.ts";
import { chmod, link, symlink } from "./quick-fs.ts";

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

/** Makes `path` a symbolic link to `target`; `false` where the file system, or this user, cannot. */
export async function linkSymbolically(target: string, path: string): Promise<boolean> {
  try {
    await symlink(target, path);
    return true;
  } catch (error) {
    if (unlinkable.has(errnoOf(error))) return false;
    throw error;
  }
}

/** Makes what was written to a file, or which names a folder holds, survive a power cut. */
export async function syncPath(path: string): Promise<void> {
  const handle = await QuickFile.open(path, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
