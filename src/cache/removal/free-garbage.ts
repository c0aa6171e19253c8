import { join } from "node:path";
import { errnoOf } from "../../core/index.ts";
import { ifPresent } from "../files/io-errors.ts";
import { isOwnerGone } from "../owner.ts";
import { readdir, rmTree } from "../files/quick-fs.ts";
import { readJson } from "../files/read-file.ts";
import { keptSuffix, type Store } from "../store.ts";
import { abandonedTrash } from "./trash.ts";

/**
 * Deletes what is of no use for sure: what processes that have ended had moved to the trash, were making, or kept to go
 * on with. Returns whether there was any of it.
 */
export async function freeGarbage(store: Store): Promise<boolean> {
  const garbage = [...(await abandonedTrash(store))];
  for (const path of await pathsIn(store.ingest)) if (await isDead(path)) garbage.push(path);
  if (garbage.length === 0) return false;
  freed.set(store, timesFreed(store) + 1);
  for (const path of garbage) await rmTree(path);
  return true;
}

/** How often this process has found garbage in a store. */
const freed = new WeakMap<Store, number>();

function timesFreed(store: Store): number {
  return freed.get(store) ?? 0;
}

/**
 * Does `work`; on a disk that is full once more, when there was garbage to free, or another call of this process found
 * some since this one began.
 */
export async function withRoom<T>(store: Store, work: () => Promise<T>): Promise<T> {
  const before = timesFreed(store);
  try {
    return await work();
  } catch (error) {
    const isFull = errnoOf(error) === "ENOSPC" || errnoOf(error) === "EDQUOT";
    if (!isFull) throw error;
    await freeGarbage(store);
    if (timesFreed(store) === before) throw error;
    return work();
  }
}

async function pathsIn(folder: string): Promise<readonly string[]> {
  return ((await ifPresent(readdir(folder))) ?? []).map((name) => join(folder, name));
}

async function isDead(path: string): Promise<boolean> {
  if (path.endsWith(keptSuffix)) return true;
  const owner = await readJson(join(path, "info.json"));
  return owner !== undefined && (await isOwnerGone(owner)) === true;
}
