import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { DistError, errnoOf, printable } from "../core/index.ts";
import { invalidLayout } from "./invalid-layout.ts";

/**
 * Opens a regular file for reading, without waiting for a pipe.
 * @throws {DistError} NOT_FOUND, INVALID_INPUT, IO
 */
export async function openRegular(path: string): Promise<FileHandle> {
  const file = await readable(path, () => open(path, constants.O_RDONLY | constants.O_NONBLOCK));
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw invalidLayout(
    path,
    "is no regular file",
    "oci-layout: is for a folder, oci-archive: for a tar archive",
  );
}

/**
 * Does what reads a file or folder that the user named, or one below it.
 * @throws {DistError} NOT_FOUND, INVALID_INPUT, IO in place of what the operating system says
 */
export async function readable<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const errno = error instanceof DistError ? undefined : errnoOf(error);
    if (errno === undefined) throw error;
    const shown = printable(path);
    if (errno === "ENOENT" || errno === "ENOTDIR") {
      const hint = "check the path";
      throw new DistError("NOT_FOUND", `\`${shown}\` is not there`, { path: shown }, { hint, cause: error });
    }
    const message = `\`${shown}\` cannot be read: ${errno}`;
    if (errno === "EIO") throw new DistError("IO", message, { path: shown, errno }, { cause: error });
    const hint = "name a file or folder that this user may read";
    throw new DistError("INVALID_INPUT", message, { path: shown }, { hint, cause: error });
  }
}
