import { lstat, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, digestFromHex, hexOf, isJsonObject } from "../core/index.ts";
import { ifPresent, ifWritable } from "./io-errors.ts";
import { describeOwner, isOwnerGone } from "./owner.ts";
import { prepareStore } from "./prepare.ts";
import { readJson } from "./read-file.ts";
import type { Store } from "./store.ts";

/**
 * Keeps something in the cache as long as it is not disposed of, and the process that took it lives. In a cache that
 * cannot be written nothing is removed either, and a lease is only a word.
 */
export type Lease = AsyncDisposable;

/**
 * Takes a lease on what is, or will be, held under these digests, and what manifests among them name. Only what is
 * looked at after that is sure to stay.
 */
export async function openLease(store: Store, digests: readonly Digest[]): Promise<Lease> {
  const paths = digests.map((digest) => join(store.leases, `${hexOf(digest)}.${crypto.randomUUID()}`));
  await ifWritable(async () => {
    await prepareStore(store);
    const text = JSON.stringify({ owner: await describeOwner() });
    await Promise.all(paths.map((path) => writeFile(path, text, { flag: "wx" })));
  });
  return {
    [Symbol.asyncDispose]: async () => {
      await ifWritable(() => Promise.all(paths.map((path) => rm(path, { force: true }))));
    },
  };
}

/** How long the lease of a process counts that cannot be looked up from here, in milliseconds. */
const longestMs = 24 * 60 * 60 * 1000;

/**
 * Everything that somebody has a lease on. Leases that are over are removed: those of processes that are gone, and of
 * others that cannot be looked up when they are a day old.
 * @param fileNow the time by the clock of the file system, in milliseconds since 1970
 */
export async function leasedDigests(store: Store, fileNow: number): Promise<ReadonlySet<Digest>> {
  const leased = new Set<Digest>();
  for (const name of (await ifPresent(readdir(store.leases))) ?? []) {
    const digest = digestFromHex(name.slice(0, name.indexOf(".")));
    if (digest === undefined) continue;
    const path = join(store.leases, name);
    if (await isOver(path, fileNow)) await rm(path, { force: true });
    else leased.add(digest);
  }
  return leased;
}

async function isOver(path: string, fileNow: number): Promise<boolean> {
  const owner = (await readJson(path))?.["owner"];
  const gone = isJsonObject(owner) ? await isOwnerGone(owner) : undefined;
  if (gone !== undefined) return gone;
  const stats = await ifPresent(lstat(path));
  return stats === undefined || fileNow - stats.mtimeMs > longestMs;
}
