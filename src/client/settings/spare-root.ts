import { createHash } from "node:crypto";
import { lstat, mkdir, mkdtemp } from "node:fs/promises";
import { join, resolve } from "node:path";
import { errnoOf } from "../../core/index.ts";

/**
 * Where things are kept for a cache that cannot be written: a folder of this user's alone in `temporary`, the same each
 * time, so that nothing is kept twice. Where somebody else has taken its name it is a new one. `undefined` where
 * nothing can be made.
 */
export async function openSpareRoot(temporary: string, root: string): Promise<string | undefined> {
  const user = process.geteuid?.() ?? "user";
  const own = join(temporary, `greentic-dist-${user}`);
  try {
    await mkdir(own, { mode: 0o700 });
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    if (errnoOf(error) !== "EEXIST") return undefined;
  }
  const stats = await lstat(own);
  const isPrivate =
    stats.isDirectory() &&
    (process.geteuid === undefined || (stats.uid === user && (stats.mode & 0o77) === 0));
  const name = createHash("sha256").update(resolve(root)).digest("hex").slice(0, 16);
  return join(isPrivate ? own : await mkdtemp(`${own}-`), name);
}
