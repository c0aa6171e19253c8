import type { Dirent, Stats } from "node:fs";
import { chmod, lstat, lutimes, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { freeGarbage } from "../removal/free-garbage.ts";
import { ifPresent } from "../files/io-errors.ts";
import { leasedDigests } from "../removal/is-leased.ts";
import { listFolders } from "../views/list.ts";
import { freeLocks } from "../lock/lock.ts";
import { viewNames } from "../views/metadata.ts";
import { readJson } from "../files/read-file.ts";
import { replaceJson } from "../files/replace-file.ts";
import type { Store } from "../store.ts";

/** How {@link sealStore} leaves a cache. */
export interface SealOptions {
  /** Every time in the cache, and of its files, in seconds since 1970. Default: what they are. */
  readonly atSeconds: number | undefined;
}

/**
 * Leaves a cache as it is to lie in an image: for everyone to read (0755 and 0644), without notes that mean something on
 * this machine only, and without anything that is not finished. Files that others put beside ours stay as they are.
 */
export async function sealStore(store: Store, { atSeconds }: SealOptions): Promise<void> {
  await freeGarbage(store);
  // To look at leases removes those that are over.
  await leasedDigests(store);
  await freeLocks(store);
  // What was hashed is known by inodes, and of when it was last used nothing is known where it goes.
  for (const name of ["used", "gc.json"]) await rm(join(store.home, name), { recursive: true, force: true });
  const folders = await listFolders(store);
  for (const { digest, metadata } of folders) {
    const { manifestDigest, originalReference = "", contentDigest = digest } = metadata ?? {};
    // What comes neither from a registry nor from the web was a file: where that lies is nobody's business elsewhere.
    const isFile = manifestDigest === undefined && !/^https?:/.test(originalReference);
    const path = join(store.view(digest), viewNames.metadata);
    await patchJson(store, path, {
      ...(isFile ? { original_reference: contentDigest } : {}),
      ...(atSeconds === undefined ? {} : { fetched_at_unix_seconds: atSeconds }),
    });
  }
  if (atSeconds !== undefined) {
    for (const name of (await ifPresent(readdir(store.refs))) ?? [])
      await patchJson(store, join(store.refs, name), { seen_at_unix_seconds: atSeconds });
  }
  const trees = [dirname(store.guard), ...folders.map(({ digest }) => store.view(digest))];
  for (const tree of trees) await openTree(tree, atSeconds);
  if (atSeconds !== undefined) await lutimes(store.root, atSeconds, atSeconds);
}

/** Sets fields of a small JSON file; one that says so already, or cannot be read, stays as it is. */
async function patchJson(
  store: Store,
  path: string,
  fields: Readonly<Record<string, unknown>>,
): Promise<void> {
  const value = await readJson(path);
  if (value === undefined) return;
  const isSame = Object.entries(fields).every(([key, field]) => value[key] === field);
  if (!isSame) await replaceJson(store, path, { ...value, ...fields });
}

/** Lets everyone read a folder and all that is below it. Folders come last: what is done in them changes their times. */
async function openTree(root: string, atSeconds: number | undefined): Promise<void> {
  const entries: readonly Dirent[] = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries.map((entry) => join(entry.parentPath, entry.name));
  for (const path of [...paths.toReversed(), root]) {
    const stats: Stats = await lstat(path);
    const mode = stats.isDirectory() ? 0o755 : 0o644;
    const isOurs = stats.isDirectory() || stats.isFile();
    if (isOurs && (stats.mode & 0o7777) !== mode) await chmod(path, mode);
    if (atSeconds !== undefined) await lutimes(path, atSeconds, atSeconds);
  }
}
