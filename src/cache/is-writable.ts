import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { dirname } from "node:path";
import { errnoOf } from "../core/index.ts";
import { ifPresent } from "./io-errors.ts";
import type { Store } from "./store.ts";

/**
 * Whether this user may write to a cache, or make it; nothing is made to find out. What is in the way of a cache for
 * everyone, as a file in its place, is for whoever uses it to say.
 */
export async function isWritable(store: Store): Promise<boolean> {
  return (await mayWrite(store.root)) && mayWrite(store.ingest);
}

/** Of a path that is not there: the nearest folder that is. */
async function mayWrite(path: string): Promise<boolean> {
  try {
    const isThere = await ifPresent(access(path, constants.W_OK).then(() => true));
    return isThere === true || dirname(path) === path || (await mayWrite(dirname(path)));
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "EACCES" || errno === "EPERM" || errno === "EROFS") return false;
    throw error;
  }
}
