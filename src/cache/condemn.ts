import { lstat, mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf } from "../core/index.ts";
import { ifPresent } from "./io-errors.ts";
import type { Store } from "./store.ts";

/** Files and folders that were moved to the trash together: nobody finds them any more, and nothing is lost yet. */
export interface Condemned {
  readonly remove: () => Promise<void>;
  /** Puts everything back, but what has come anew meanwhile. */
  readonly restore: () => Promise<void>;
}

/** Moves `paths` to the trash, each in one step; what is not there is passed over. */
export async function condemn(store: Store, paths: readonly string[]): Promise<Condemned> {
  const folder = join(store.trash, crypto.randomUUID());
  await mkdir(folder, { recursive: true });
  const moved: { readonly path: string; readonly place: string }[] = [];
  for (const [i, path] of paths.entries()) {
    const place = join(folder, String(i));
    // What is not there has nothing to return.
    const isMoved = (await ifPresent(rename(path, place).then(() => true))) === true;
    if (isMoved) moved.push({ path, place });
  }
  return {
    remove: () => rm(folder, { recursive: true, force: true }),
    async restore() {
      for (const { path, place } of moved) await putBack(place, path);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function putBack(place: string, path: string): Promise<void> {
  if ((await ifPresent(lstat(path))) !== undefined) return;
  try {
    await rename(place, path);
  } catch (error) {
    // Somebody was faster in making it anew.
    if (!["ENOTEMPTY", "EEXIST", "EISDIR", "ENOTDIR"].includes(errnoOf(error) ?? "")) throw error;
  }
}

/** How many bytes are free when `paths` are deleted, with all that is below them: a file with a name elsewhere frees none. */
export async function bytesFreedBy(paths: readonly string[]): Promise<number> {
  const files = new Map<string, { readonly size: number; readonly links: number; found: number }>();
  for (const file of (await Promise.all(paths.map(filesBelow))).flat()) {
    const stats = await ifPresent(lstat(file));
    if (stats?.isFile() !== true) continue;
    const { dev, ino, size, nlink: links } = stats;
    const known = files.get(`${dev} ${ino}`) ?? { size, links, found: 0 };
    known.found += 1;
    files.set(`${dev} ${ino}`, known);
  }
  const freed = [...files.values()].filter(({ links, found }) => links === found);
  return freed.reduce((sum, { size }) => sum + size, 0);
}

async function filesBelow(path: string): Promise<readonly string[]> {
  const entries = await ifPresent(readdir(path, { recursive: true, withFileTypes: true }));
  return entries === undefined ? [path] : entries.map((entry) => join(entry.parentPath, entry.name));
}
