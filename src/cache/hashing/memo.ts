import type { BigIntStats } from "node:fs";
import { type Digest, once } from "../../core/index.ts";
import { ifPresent, ifWritable } from "../files/io-errors.ts";
import { stat, utimes } from "../files/quick-fs.ts";
import { exactStatsAt, readRegularSync, statsAt } from "../files/read-file.ts";
import type { Store } from "../store.ts";
import { prepareStore } from "../publishing/prepare.ts";

/** How many files of one blob (the blob, and views that are no links to it) a memo remembers. */
const maxStamps = 8;
/** How many digests a process remembers files of. */
const maxKnown = 10_000;
/** Far more than a memo ever has. */
const maxMemoBytes = 64 * 1024;
/** A file that changed this short before it was hashed may change again within the same tick of its clock. */
const settleMs = 2_000;
/** How old the note of the last use may get before it is renewed. */
const renewMs = 10 * 60 * 1000;

const replacing = once(() => import("../files/replace-file.ts"));

/** What changes whenever a file's bytes do: a change through a mapping by another program may not, until it is synced. */
export function stampOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}`;
}

/**
 * Whether a file with these `stats` was found to have `digest` and has not changed since; notes that it was used.
 */
export async function isKnown(store: Store, digest: Digest, stats: BigIntStats): Promise<boolean> {
  const path = store.memo(digest);
  const stamp = stampOf(stats);
  const noted = store.known.get(digest)?.get(stamp);
  if (noted !== undefined && Math.abs(store.now() - noted) <= renewMs) return true;
  if (!readStamps(path).includes(stamp)) return false;
  if (!store.notesUse) return true;
  const [now, usedMs] = [store.now(), statsAt(path)?.mtimeMs ?? 0];
  const isRecent = Math.abs(now - usedMs) <= renewMs;
  if (!isRecent) await ifWritable(() => utimes(path, now / 1000, now / 1000));
  keep(store, digest, stamp, isRecent ? usedMs : now);
  return true;
}

/** The same of the regular file at `path`, which need not be there. */
export async function isKnownAt(store: Store, digest: Digest, path: string): Promise<boolean> {
  const stats = exactStatsAt(path);
  return stats?.isFile() === true && isKnown(store, digest, stats);
}

function keep({ known }: Store, digest: Digest, stamp: string, usedMs: number): void {
  if (known.size >= maxKnown) known.clear();
  const stamps = known.get(digest) ?? new Map<string, number>();
  if (stamps.size >= maxStamps) stamps.clear();
  known.set(digest, stamps.set(stamp, usedMs));
}

/**
 * Notes that a file was hashed and has `digest`: `stats` from before the hashing, which began at `hashedAt`
 * (milliseconds). A file that changed less than two seconds before is not remembered, only its use, if that is noted.
 */
export async function remember(
  store: Store,
  digest: Digest,
  stats: BigIntStats,
  hashedAt: number,
): Promise<void> {
  const path = store.memo(digest);
  const stamp = stampOf(stats);
  const settled = hashedAt - Number(stats.ctimeNs / 1_000_000n) >= settleMs;
  await ifWritable(async () => {
    const stamps = readStamps(path).filter((other) => other !== stamp);
    const kept = settled ? [...stamps, stamp].slice(-maxStamps) : stamps;
    await prepareStore(store);
    const used = store.notesUse ? undefined : ((await ifPresent(stat(path)))?.mtime ?? stats.mtime);
    const { replaceText } = await replacing();
    await replaceText(store, path, kept.map((line) => `${line}\n`).join(""));
    if (used !== undefined) await utimes(path, used, used);
  });
}

function readStamps(path: string): readonly string[] {
  const bytes = readRegularSync(path, maxMemoBytes);
  return new TextDecoder()
    .decode(bytes)
    .split("\n")
    .filter((line) => line !== "");
}
