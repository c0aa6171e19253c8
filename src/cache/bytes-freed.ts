import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { ifPresent } from "./io-errors.ts";

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
