import { readdirSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createTurns } from "./files/in-turns.ts";
import { ifPresent, ifPresentSync } from "./files/io-errors.ts";
import { listBlobs, listEntries } from "./views/list.ts";
import { statsAt } from "./files/read-file.ts";
import type { Store } from "./store.ts";

/** How much a cache holds. */
export interface CacheInfo {
  /** Absolute path. */
  readonly root: string;
  readonly artifacts: number;
  /** Of the artifacts, each for itself. */
  readonly artifactBytes: number;
  /** Artifacts, component manifests, manifests and indexes in the store. */
  readonly blobs: number;
  /** Of all files below the root. A file with several names counts once; what reflinks share does not show. */
  readonly diskBytes: number;
  /** References of which it is noted what they last meant. */
  readonly references: number;
  /** What failed verification and was put aside. */
  readonly quarantined: number;
}

/** Counts what is below the root; nothing is hashed for that. */
export async function measureStore(store: Store): Promise<CacheInfo> {
  const entries = await listEntries(store);
  return {
    root: store.root,
    artifacts: entries.length,
    artifactBytes: entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    blobs: (await listBlobs(store)).length,
    diskBytes: await bytesBelow(store.root),
    references: await countIn(store.refs),
    quarantined: await countIn(store.quarantine),
  };
}

async function countIn(folder: string): Promise<number> {
  return (await ifPresent(readdir(folder)))?.length ?? 0;
}

/** The size of all files below a folder. A file with several names counts once. */
export async function bytesBelow(root: string): Promise<number> {
  const next = createTurns();
  /** How many names are still to come of files with several; those that are complete are forgotten. */
  const names = new Map<string, number>();
  let sum = 0;
  const folders = [root];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const at = folder;
    await next();
    for (const entry of ifPresentSync(() => readdirSync(at, { withFileTypes: true })) ?? []) {
      const path = join(at, entry.name);
      if (entry.isDirectory()) folders.push(path);
      const stats = entry.isFile() ? statsAt(path) : undefined;
      if (stats === undefined) continue;
      const key = `${stats.dev} ${stats.ino}`;
      const known = names.get(key);
      if (known === undefined) sum += stats.size;
      const left = (known ?? stats.nlink) - 1;
      if (left > 0) names.set(key, left);
      else names.delete(key);
    }
  }
  return sum;
}
