import { DistError, errnoOf } from "../../core/index.ts";
import type { ByteSource } from "../../verify/index.ts";

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

/** What `promise` resolves to, or `undefined` when its file is not there. */
export async function ifPresent<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** The same for what is done at once. */
export function ifPresentSync<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Whether an error means that what was looked for is not there, or is not of the kind it should be. */
export function isAbsent(error: unknown): boolean {
  return absent.has(errnoOf(error));
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
    throw ioError(root, error);
  }
}

/** The same for bytes that are read chunk by chunk. */
export async function* bytesWithIoErrors(root: string, source: ByteSource): ByteSource {
  try {
    yield* source;
  } catch (error) {
    throw ioError(root, error);
  }
}

function ioError(root: string, error: unknown): unknown {
  const errno = errnoOf(error);
  if (error instanceof DistError || errno === undefined) return error;
  if (errno === "ENOSPC" || errno === "EDQUOT") {
    return new DistError(
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
  return new DistError(
    "IO",
    `cannot use the cache in ${root}: ${error instanceof Error ? error.message : errno}`,
    { path: root, errno },
    { hint, cause: error },
  );
}
