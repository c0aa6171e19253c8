import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { ifPresent } from "./io-errors.ts";
import { listBlobs, listEntries } from "./list.ts";
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

/** How many files are looked at together. */
const batchSize = 64;

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
  const found = (await ifPresent(readdir(root, { recursive: true, withFileTypes: true }))) ?? [];
  const paths = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sizes = new Map<string, number>();
  for (let i = 0; i < paths.length; i += batchSize) {
    const batch = paths.slice(i, i + batchSize);
    for (const stats of await Promise.all(batch.map((path) => ifPresent(lstat(path))))) {
      if (stats !== undefined) sizes.set(`${stats.dev} ${stats.ino}`, stats.size);
    }
  }
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}
