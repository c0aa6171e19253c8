import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ifPresentSync } from "./io-errors.ts";
import { statsAt } from "./read-file.ts";

/** How many bytes are free when `paths` are deleted, with all that is below them: a file with a name elsewhere frees none. */
export function bytesFreedBy(paths: readonly string[]): number {
  const files = new Map<string, { readonly size: number; readonly links: number; found: number }>();
  const left = [...paths];
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    const at = path;
    const stats = statsAt(path);
    if (stats?.isDirectory() === true) {
      for (const name of ifPresentSync(() => readdirSync(at)) ?? []) left.push(join(at, name));
    } else if (stats?.isFile() === true) {
      const { dev, ino, size, nlink: links } = stats;
      const known = files.get(`${dev} ${ino}`) ?? { size, links, found: 0 };
      known.found += 1;
      files.set(`${dev} ${ino}`, known);
    }
  }
  const freed = [...files.values()].filter(({ links, found }) => links === found);
  return freed.reduce((sum, { size }) => sum + size, 0);
}
