import type { BigIntStats } from "node:fs";
import { type Digest, once } from "../core/index.ts";
import { ifPresent, ifWritable } from "./io-errors.ts";
import { stat, utimes } from "./quick-fs.ts";
import { readRegular } from "./read-file.ts";
import type { Store } from "./store.ts";
import { prepareStore } from "./prepare.ts";

/** How many files of one blob (the blob, and views that are no links to it) a memo remembers. */
const maxStamps = 8;
/** Far more than a memo ever has. */
const maxMemoBytes = 64 * 1024;
/** A file that changed this short before it was hashed may change again within the same tick of its clock. */
const settleMs = 2_000;
/** How old the note of the last use may get before it is renewed. */
const renewMs = 10 * 60 * 1000;

const replacing = once(() => import("./replace-file.ts"));

/** What changes whenever a file's bytes do: a change through a mapping by another program may not, until it is synced. */
export function stampOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}`;
}

/**
 * Whether a file with these `stats` was found to have `digest` and has not changed since; notes that it was used.
 */
export async function isKnown(store: Store, digest: Digest, stats: BigIntStats): Promise<boolean> {
  const path = store.memo(digest);
  const stamps = await readStamps(path);
  if (!stamps.includes(stampOf(stats))) return false;
  if (!store.notesUse) return true;
  const note = await ifPresent(stat(path));
  const now = store.now();
  if (note !== undefined && Math.abs(now - note.mtimeMs) > renewMs) {
    await ifWritable(() => utimes(path, now / 1000, now / 1000));
  }
  return true;
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
    const stamps = (await readStamps(path)).filter((other) => other !== stamp);
    const kept = settled ? [...stamps, stamp].slice(-maxStamps) : stamps;
    await prepareStore(store);
    const used = store.notesUse ? undefined : ((await ifPresent(stat(path)))?.mtime ?? stats.mtime);
    const { replaceText } = await replacing();
    await replaceText(store, path, kept.map((line) => `${line}\n`).join(""));
    if (used !== undefined) await utimes(path, used, used);
  });
}

async function readStamps(path: string): Promise<readonly string[]> {
  const bytes = await readRegular(path, maxMemoBytes);
  return new TextDecoder()
    .decode(bytes)
    .split("\n")
    .filter((line) => line !== "");
}
