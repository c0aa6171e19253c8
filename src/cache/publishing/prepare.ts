import { dirname } from "node:path";
import { DistError, errnoOf } from "../../core/index.ts";
import { ifPresent } from "../files/io-errors.ts";
import { chmod, lstat, mkdir, stat, writeFile } from "../files/quick-fs.ts";
import { statsAt } from "../files/read-file.ts";
import type { Store } from "../store.ts";

/** Bytes by which backup programs know that a folder can be left out (bford.info/cachedir). */
const cacheDirTag = "Signature: 8a477f597d28d172789f06886806bc55\n# The store of greentic-dist.\n";

/** Stores of which no folder was missing when this process last looked. */
const complete = new WeakSet<Store>();

/**
 * Makes what the store lacks: everything, or the empty folders that whoever copied it left out. A root that we make is
 * for this user alone.
 */
export async function prepareStore(store: Store): Promise<void> {
  // What clears empty folders away takes this one too, between two pulls, and who removes the store takes all.
  if (complete.has(store) && statsAt(store.ingest) !== undefined) return;
  const isMade = (await ifPresent(stat(store.tag))) !== undefined;
  if (!isMade) await makeFolder(store.root, store.root, 0o700);
  for (const folder of [store.ingest, store.trash, store.quarantine, store.refs, store.leases, store.locks]) {
    if ((await ifPresent(stat(folder))) === undefined) await mkdir(folder, { recursive: true });
  }
  if (!isMade) {
    await writeFile(store.guard, "", { flag: "a" });
    await writeFile(store.tag, cacheDirTag);
  }
  complete.add(store);
}

/** Makes the root of a cache that everyone is to read; one that exists keeps its mode. */
export async function makePublicRoot({ root }: Store): Promise<void> {
  if ((await ifPresent(stat(root))) !== undefined) return;
  await makeFolder(root, root);
  await chmod(root, 0o755);
}

/** What stands in the way of the cache at `root`. */
async function noFolder(root: string, path: string): Promise<DistError<"IO">> {
  const isLink = (await ifPresent(lstat(path)))?.isSymbolicLink() === true;
  const what = isLink ? "a link that leads to no folder" : "no folder";
  const hint = "move it away, or use another folder with --cache-dir or GREENTIC_DIST_CACHE_DIR";
  return new DistError("IO", `cannot use the cache in ${root}: ${path} is ${what}`, { path }, { hint });
}

/** Makes a folder of the cache at `root`, and its parents. Node's own `recursive` goes round for ever where mkdir says ENOENT, as in /proc. */
async function makeFolder(root: string, path: string, mode?: number): Promise<void> {
  if ((await ifPresent(stat(path)))?.isDirectory() === true) return;
  if (dirname(path) !== path) await makeFolder(root, dirname(path));
  try {
    await mkdir(path, { mode });
  } catch (error) {
    // Another process may have been faster.
    if (errnoOf(error) !== "EEXIST") throw error;
    if ((await ifPresent(stat(path)))?.isDirectory() !== true) throw await noFolder(root, path);
  }
}
