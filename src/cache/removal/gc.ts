import { lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, isDigest } from "../../core/index.ts";
import { bytesFreedBy, type FoundNames } from "./bytes-freed.ts";
import { createCheck } from "../hashing/create-check.ts";
import { faultOfView } from "../views/fault-of-view.ts";
import { fileClock } from "../files/file-clock.ts";
import { createTurns } from "../files/in-turns.ts";
import { ifPresent } from "../files/io-errors.ts";
import { readJsonSync, statsAt } from "../files/read-file.ts";
import { moveAside } from "../files/replace-file.ts";
import { isWhole } from "../hashing/hash-file.ts";
import { listBlobs, listShown, readFolder } from "../views/list.ts";
import { viewNames } from "../views/metadata.ts";
import { isLeased } from "./is-leased.ts";
import { type Condemn, removeFrom } from "./removal.ts";
import type { Store } from "../store.ts";
import { abandonedTrash } from "./trash.ts";
import type { Sweep } from "./sweep.ts";

/** How garbage is collected. */
export interface GarbageOptions {
  /** Says what would be removed, and removes nothing. */
  readonly dryRun: boolean;
}

/** How long nobody may have written to a file in the making, or a lock, before it counts as left behind. */
const staleMs = 24 * 60 * 60 * 1000;

/**
 * Removes what is broken and what crashes left, and nothing else:
 * - view folders that are empty, and those with a metadata.json of ours (see {@link faultOfView}) whose files are gone or hash to something else;
 *   one that holds files which we did not put there is moved to the quarantine in place of being deleted
 * - blobs of the store that do not hash to their name
 * - files in the making, and locks, that were last written to more than 24 hours ago, by the file system's clock
 * - the trash, and notes on references whose artifact is gone
 *
 * Files that other programs laid out stay, whole or not, and so does everything whose name is not of our making.
 * What has not changed since it was last hashed is not hashed again.
 */
export async function collectGarbage(store: Store, { dryRun }: GarbageOptions): Promise<Sweep> {
  const removed = new Set<Digest>();
  let freedBytes = 0;
  /** Names of files that would be gone by then. */
  const passed: FoundNames | undefined = dryRun ? new Map() : undefined;
  /** Removes what is bad, and counts it. Whether it is bad is asked again when nobody can be mending it. */
  const drop = async (digest: Digest, paths: readonly string[], by: Drop): Promise<void> => {
    if (!(await by.isBad())) return;
    if (dryRun && (await isLeased(store, [digest]))) return;
    const bytes = bytesFreedBy(paths, passed);
    const work = by.work ?? ((condemn: Condemn) => condemn(paths));
    if (!dryRun && !(await removeFrom(store, [digest], work, by.isBad))) return;
    removed.add(digest);
    freedBytes += bytes;
  };
  const isGood = createCheck((path, digest) => isWhole(store, path, digest));
  const next = createTurns();
  for (const digest of await listShown(store)) {
    await next();
    if ((await faultOfView(store, readFolder(store, digest), isGood)) === undefined) continue;
    const isBad = (): Promise<boolean> => isBadView(store, digest);
    const path = store.view(digest);
    if (await isOurs(store, digest)) await drop(digest, [path], { isBad });
    else await drop(digest, [], { isBad, work: () => moveAside(store, path) });
  }
  for (const digest of await listBlobs(store)) {
    await next();
    if (await isGood(store.blob(digest), digest)) continue;
    const isBad = async (): Promise<boolean> =>
      (await ifPresent(lstat(store.blob(digest)))) !== undefined &&
      !(await isWhole(store, store.blob(digest), digest));
    await drop(digest, [store.blob(digest), store.memo(digest)], { isBad });
  }
  const leftovers = [
    ...(await abandonedTrash(store)),
    ...(await staleIn(store, store.ingest)),
    ...(await staleIn(store, store.locks)),
  ];
  for (const path of leftovers) {
    freedBytes += bytesFreedBy([path], passed);
    if (!dryRun) await remove(path);
  }
  if (!dryRun) await sweepRefs(store);
  return { removed: [...removed].toSorted(), freedBytes };
}

async function isBadView(store: Store, digest: Digest): Promise<boolean> {
  if ((await ifPresent(lstat(store.view(digest)))) === undefined) return false;
  const isGood = (path: string, expected: Digest): Promise<boolean> => isWhole(store, path, expected);
  return (await faultOfView(store, readFolder(store, digest), isGood)) !== undefined;
}

/** When something is to be removed, and how, where it is not just deleted. */
interface Drop {
  readonly isBad: () => Promise<boolean>;
  readonly work?: ((condemn: Condemn) => Promise<void>) | undefined;
}

/** Whether a folder holds nothing but what we put there. */
async function isOurs(store: Store, digest: Digest): Promise<boolean> {
  const { metadata } = readFolder(store, digest);
  const ours: ReadonlySet<string | undefined> = new Set([
    ...Object.values(viewNames),
    metadata?.manifestWasmName,
  ]);
  return (await namesIn(store.view(digest))).every((name) => ours.has(name));
}

/** What is in a folder and was last written to more than a day ago. */
async function staleIn(store: Store, folder: string): Promise<readonly string[]> {
  const names = await namesIn(folder);
  if (names.length === 0) return [];
  const now = await fileClock(store);
  const paths = names.map((name) => join(folder, name));
  const times = await Promise.all(paths.map(lastWriteIn));
  return paths.filter((_, i) => now - (times[i] ?? now) > staleMs);
}

async function lastWriteIn(path: string): Promise<number> {
  const files = [path, ...(await namesIn(path)).map((file) => join(path, file))];
  const stats = await Promise.all(files.map((file) => ifPresent(lstat(file))));
  return Math.max(...stats.map((one) => one?.mtimeMs ?? 0));
}

async function sweepRefs(store: Store): Promise<void> {
  const next = createTurns();
  for (const name of await namesIn(store.refs)) {
    await next();
    if (!/^[0-9a-f]{64}\.json$/.test(name)) continue;
    const path = join(store.refs, name);
    const digest = readJsonSync(path)?.["digest"];
    if (typeof digest !== "string" || !isDigest(digest) || !isHeld(store, digest)) await remove(path);
  }
}

function isHeld(store: Store, digest: Digest): boolean {
  const places = [store.blob(digest), store.view(digest), store.rustBlob(digest)];
  return places.some((path) => statsAt(path) !== undefined);
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await ifPresent(readdir(folder))) ?? [];
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}
