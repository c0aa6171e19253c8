import { constants, copyFile as copyFileLater, copyFileSync } from "node:fs";
import { errnoOf } from "../../core/index.ts";
import { QuickFile } from "./quick-file.ts";
import { chmod, link, stat, symlink } from "./quick-fs.ts";

/** Errors that mean: no file system of this kind can share bytes between files. */
const neverCloning: ReadonlySet<string | undefined> = new Set(["ENOTSUP", "EOPNOTSUPP", "ENOTTY", "ENOSYS"]);
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

/** File systems that were found to clone nothing, by the numbers of their devices: to try takes a dozen system calls. */
const uncloning = new Set<number>();

/**
 * Makes `path` a file with the bytes of `source`, by the cheapest means that outlives it: reflink, hard link, or a
 * copy that is synced. `path` must not exist.
 */
export async function duplicateFile(source: string, path: string): Promise<void> {
  if (!(await shareFile(source, path))) await copyWhole(source, path);
}

/** The same by reflink or hard link only; `false` where the file system has neither. */
export async function shareFile(source: string, path: string): Promise<boolean> {
  return (await cloneFile(source, path)) || linkFile(source, path);
}

/** The same by a copy that is synced. */
export async function copyWhole(source: string, path: string): Promise<void> {
  await copyFile(source, path, constants.COPYFILE_EXCL);
  await chmod(path, 0o644);
  await syncPath(path);
}

async function cloneFile(source: string, path: string): Promise<boolean> {
  const { dev } = await stat(source);
  if (uncloning.has(dev)) return false;
  try {
    // At once: the first that learns that there is no cloning spares all others the attempt.
    copyFileSync(source, path, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    const errno = errnoOf(error);
    if (!unclonable.has(errno)) throw error;
    if (neverCloning.has(errno)) uncloning.add(dev);
    return false;
  }
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

function copyFile(source: string, path: string, mode: number): Promise<void> {
  return new Promise((resolve, reject) => {
    copyFileLater(source, path, mode, (error) => (error ? reject(error) : resolve()));
  });
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
