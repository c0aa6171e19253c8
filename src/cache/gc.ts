import { lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, isDigest } from "../core/index.ts";
import { dropBlob } from "./blobs.ts";
import { faultOfView } from "./fault-of-view.ts";
import { fileClock } from "./file-clock.ts";
import { ifPresent } from "./io-errors.ts";
import { readJson } from "./read-file.ts";
import { moveAside } from "./replace-file.ts";
import { isWhole } from "./hash-file.ts";
import { listBlobs, listFolders, type ViewFolder } from "./list.ts";
import { viewNames } from "./metadata.ts";
import { dropView } from "./remove.ts";
import type { Store } from "./store.ts";

/** How garbage is collected. */
export interface GcOptions {
  /** Says what would be removed, and removes nothing. Default: false. */
  readonly dryRun?: boolean | undefined;
}

/** How long nobody may have written to a file in the making before it counts as left behind. */
const ingestMs = 24 * 60 * 60 * 1000;

/**
 * Removes what is broken and what crashes left, and nothing else:
 * - view folders that are empty, and those with a metadata.json of ours (see {@link faultOfView}) whose files are gone or hash to something else;
 *   one that holds files which we did not put there is moved to the quarantine in place of being deleted
 * - blobs of the store that do not hash to their name
 * - files in the making that were last written to more than 24 hours ago, by the file system's clock
 * - the trash, and notes on references whose artifact is gone
 *
 * Files that other programs laid out stay, whole or not, and so does everything whose name is not of our making.
 * What has not changed since it was last hashed is not hashed again. Returns the digests, in order.
 */
export async function collectGarbage(
  store: Store,
  { dryRun = false }: GcOptions,
): Promise<readonly Digest[]> {
  const removed = new Set<Digest>();
  for (const folder of await listFolders(store)) {
    const fault = await faultOfView(store, folder, (path, digest) => isWhole(store, path, digest));
    if (fault === undefined) continue;
    removed.add(folder.digest);
    if (!dryRun) await removeFolder(store, folder);
  }
  for (const digest of await listBlobs(store)) {
    if (await isWhole(store, store.blob(digest), digest)) continue;
    removed.add(digest);
    if (!dryRun) await dropBlob(store, digest);
  }
  if (!dryRun) {
    for (const name of await namesIn(store.trash)) await remove(join(store.trash, name));
    await sweepIngest(store);
    await sweepRefs(store);
  }
  return [...removed].toSorted();
}

async function removeFolder(store: Store, { digest, metadata }: ViewFolder): Promise<void> {
  const ours: ReadonlySet<string | undefined> = new Set([
    ...Object.values(viewNames),
    metadata?.manifestWasmName,
  ]);
  const names = await namesIn(store.view(digest));
  if (names.every((name) => ours.has(name))) await dropView(store, digest);
  else await moveAside(store, store.view(digest));
}

async function sweepIngest(store: Store): Promise<void> {
  const names = await namesIn(store.ingest);
  if (names.length === 0) return;
  const now = await fileClock(store);
  for (const name of names) {
    const path = join(store.ingest, name);
    const files = [path, ...(await namesIn(path)).map((file) => join(path, file))];
    const times = await Promise.all(files.map(async (file) => (await ifPresent(lstat(file)))?.mtimeMs ?? 0));
    if (now - Math.max(...times) > ingestMs) await remove(path);
  }
}

async function sweepRefs(store: Store): Promise<void> {
  for (const name of await namesIn(store.refs)) {
    if (!/^[0-9a-f]{64}\.json$/.test(name)) continue;
    const path = join(store.refs, name);
    const digest = (await readJson(path))?.["digest"];
    if (typeof digest !== "string" || !isDigest(digest) || !(await isHeld(store, digest))) await remove(path);
  }
}

async function isHeld(store: Store, digest: Digest): Promise<boolean> {
  const places = [store.blob(digest), store.view(digest), store.rustBlob(digest)];
  const found = await Promise.all(places.map((path) => ifPresent(lstat(path))));
  return found.some((entry) => entry !== undefined);
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await ifPresent(readdir(folder))) ?? [];
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}
