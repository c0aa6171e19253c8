import { accessSync, constants } from "node:fs";
import { dirname } from "node:path";
import { errnoOf } from "../../core/index.ts";
import { isAbsent } from "./io-errors.ts";
import type { Store } from "../store.ts";

/**
 * Whether this user may write to a cache, or make it; nothing is made to find out. What is in the way of a cache for
 * everyone, as a file in its place, is for whoever uses it to say.
 */
export async function isWritable(store: Store): Promise<boolean> {
  return mayWrite(store.root) && mayWrite(store.ingest);
}

/** Of a path that is not there: the nearest folder that is. */
function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch (error) {
    if (isAbsent(error)) return dirname(path) === path || mayWrite(dirname(path));
    const errno = errnoOf(error);
    if (errno === "EACCES" || errno === "EPERM" || errno === "EROFS") return false;
    throw error;
  }
}
