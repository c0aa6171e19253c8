import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ifPresentSync } from "../files/io-errors.ts";
import { statsAt } from "../files/read-file.ts";

/** How many names of a file were found, by its device and inode. */
export type FoundNames = Map<string, number>;

/**
 * How many bytes are free when `paths` are deleted, with all that is below them: a file with a name elsewhere frees none.
 * @param found of what is deleted before that, where it is still there. Default: nothing is
 */
export function bytesFreedBy(paths: readonly string[], found: FoundNames = new Map()): number {
  let freed = 0;
  const left = [...paths];
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    const at = path;
    const stats = statsAt(path);
    if (stats?.isDirectory() === true) {
      for (const name of ifPresentSync(() => readdirSync(at)) ?? []) left.push(join(at, name));
    } else if (stats?.isFile() === true) {
      const key = `${stats.dev} ${stats.ino}`;
      const names = (found.get(key) ?? 0) + 1;
      found.set(key, names);
      if (names === stats.nlink) freed += stats.size;
    }
  }
  return freed;
}
