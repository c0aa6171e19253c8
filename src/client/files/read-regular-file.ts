import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { errnoOf } from "../../core/index.ts";

/** What stands in a file, or why it cannot be told: `flaw` continues a sentence that begins with its name. */
export type FileContent =
  | { readonly bytes: Uint8Array; readonly uid: number }
  | {
      readonly flaw: string;
      readonly kind: "missing" | "unreadable" | "too large";
      readonly cause?: unknown;
    };

/** Reads a small file that people name or leave around: never waits for a pipe, never reads more than `maxBytes`. */
export async function readRegularFile(path: string, maxBytes: number): Promise<FileContent> {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(file);
      if (!stats.isFile()) return { flaw: "is no regular file", kind: "unreadable" };
      if (stats.size > maxBytes) {
        return { flaw: `has ${stats.size} bytes, expected at most ${maxBytes}`, kind: "too large" };
      }
      return { bytes: readFileSync(file), uid: stats.uid };
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    const errno = errnoOf(cause);
    if (errno === undefined) throw cause;
    const isMissing = errno === "ENOENT" || errno === "ENOTDIR";
    return isMissing
      ? { flaw: "is not there", kind: "missing", cause }
      : { flaw: `cannot be read: ${errno}`, kind: "unreadable", cause };
  }
}
