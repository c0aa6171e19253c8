import { join } from "node:path";
import { type Digest, digestFromHex, isDigest, isJsonObject } from "../core/index.ts";
import { fileClock } from "./file-clock.ts";
import { ifPresent } from "./io-errors.ts";
import { isOwnerGone } from "./owner.ts";
import { lstat, readdir, rm } from "./quick-fs.ts";
import { reachableFrom } from "./reachable.ts";
import { readJson } from "./read-file.ts";
import type { Store } from "./store.ts";

/** Whether somebody has a lease on one of `digests`, or on a manifest that names it. */
export async function isLeased(store: Store, digests: Iterable<Digest>): Promise<boolean> {
  const leased = await reachableFrom(store, await leasedDigests(store));
  return [...digests].some((digest) => leased.has(digest));
}

/** How long the lease of a process counts that cannot be looked up from here, in milliseconds. */
const longestMs = 24 * 60 * 60 * 1000;

/**
 * Everything that somebody has a lease on: what its name says, and what stands in it. Leases that are over are removed:
 * those of processes that are gone, and of others that cannot be looked up when they are a day old.
 */
export async function leasedDigests(store: Store): Promise<ReadonlySet<Digest>> {
  const leased = new Set<Digest>();
  for (const name of (await ifPresent(readdir(store.leases))) ?? []) {
    const digest = digestFromHex(name.slice(0, name.indexOf(".")));
    if (digest === undefined) continue;
    const path = join(store.leases, name);
    const { owner, digests } = (await readJson(path)) ?? {};
    if (await isOver(store, path, owner)) {
      await rm(path);
      continue;
    }
    leased.add(digest);
    const others: readonly unknown[] = Array.isArray(digests) ? digests : [];
    for (const other of others) if (typeof other === "string" && isDigest(other)) leased.add(other);
  }
  return leased;
}

async function isOver(store: Store, path: string, owner: unknown): Promise<boolean> {
  const gone = isJsonObject(owner) ? await isOwnerGone(owner) : undefined;
  if (gone !== undefined) return gone;
  const stats = await ifPresent(lstat(path));
  return stats === undefined || (await fileClock(store)) - stats.mtimeMs > longestMs;
}
