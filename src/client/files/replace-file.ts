import { chmod, open, realpath, rename, rm, stat } from "node:fs/promises";
import { DistError, errnoOf, printable } from "../../core/index.ts";
import type { ByteSource } from "../../verify/index.ts";

/**
 * Writes a file at once: whoever reads it sees the old or the new one, also after a crash. Its mode stays, and so do
 * links that lead to it. With `mode` it gets that one from the start, for what nobody else may read.
 * @throws {DistError} INVALID_INPUT, also for a folder, a pipe or a device; DISK_FULL, IO
 */
export async function replaceFile(
  path: string,
  content: string | Uint8Array | ByteSource,
  mode?: number,
): Promise<void> {
  try {
    const stats = await present(stat(path));
    if (stats?.isFile() === false) throw otherThanFile(path);
    const target = (await present(realpath(path))) ?? path;
    const temporary = `${target}.${crypto.randomUUID()}.tmp`;
    try {
      await writeSynced(temporary, content, mode);
      if (stats !== undefined && mode === undefined) await chmod(temporary, stats.mode & 0o777);
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  } catch (error) {
    throw writeError(error, path);
  }
}

/** Makes a file that lasts when this has ended. */
export async function writeSynced(
  path: string,
  content: string | Uint8Array | ByteSource,
  mode?: number,
): Promise<void> {
  await using file = await open(path, "wx", mode);
  // Each call goes on where the one before it ended.
  if (typeof content === "string" || content instanceof Uint8Array) await file.writeFile(content);
  else for await (const chunk of content) await file.writeFile(chunk);
  await file.sync();
}

async function present<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Errors of whoever named the path. */
const misnamed: ReadonlySet<string> = new Set([
  "ENOENT",
  "ENOTDIR",
  "EISDIR",
  "ENAMETOOLONG",
  "ELOOP",
  "EACCES",
  "EPERM",
  "EROFS",
]);

function otherThanFile(path: string): DistError<"INVALID_INPUT"> {
  const shown = printable(path);
  const hint = "name a file, or one that is not there";
  return new DistError(
    "INVALID_INPUT",
    `cannot write \`${shown}\`: it is no regular file`,
    { path: shown },
    { hint },
  );
}

/** What the operating system says of a path that was to be written, as an error of ours; anything else stays as it is. */
export function writeError(cause: unknown, path: string): unknown {
  const errno = cause instanceof DistError ? undefined : errnoOf(cause);
  if (errno === undefined) return cause;
  const shown = printable(path);
  const message = `cannot write \`${shown}\`: ${errno}`;
  if (misnamed.has(errno)) {
    const hint = "name a file in a folder that is there and that this user may write to";
    return new DistError("INVALID_INPUT", message, { path: shown }, { hint, cause });
  }
  const hint = "look at the disk that it lies on";
  return errno === "ENOSPC" || errno === "EDQUOT"
    ? new DistError("DISK_FULL", message, { path: shown }, { hint, cause })
    : new DistError("IO", message, { path: shown, errno }, { hint, cause });
}
