import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Digest, hexOf } from "../../core/index.ts";
import { takeLease } from "./exclusion.ts";
import { ifPresent, ifWritable } from "../files/io-errors.ts";
import { describeOwner } from "../owner.ts";
import { prepareStore } from "../publishing/prepare.ts";
import { rm, stat, writeFile } from "../files/quick-fs.ts";
import type { Store } from "../store.ts";
import { removalsUnderWay } from "./trash.ts";

/**
 * Keeps something in the cache as long as it is not disposed of, and the process that took it lives. In a cache that
 * cannot be written nothing is removed either, and a lease is only a word.
 */
export interface Lease extends AsyncDisposable {
  /**
   * Keeps what is, or will be, held under these digests too, and what manifests among them name. Only what is looked
   * at after that is sure to stay.
   */
  readonly add: (digests: readonly Digest[]) => Promise<void>;
}

/** A removal is over in milliseconds. One that takes longer than this has been stopped, and is not waited for. */
const longestWaitMs = 10_000;
const pauseMs = 10;

/** Takes a {@link Lease}. */
export async function openLease(store: Store, digests: readonly Digest[]): Promise<Lease> {
  /** Whether each could be leased, as soon as that is known. */
  const leased = new Map<Digest, Promise<boolean>>();
  let path: string | undefined;
  let isOver = false;
  const take = async (missing: readonly Digest[], file: string): Promise<boolean> => {
    let isTaken = false;
    try {
      isTaken = await ifWritable(() => takeLease(exclusionOf(store, file, missing), createPause()));
    } finally {
      // Whoever wants it next tries again.
      if (!isTaken) for (const digest of missing) leased.delete(digest);
    }
    return isTaken;
  };
  const add = async (more: readonly Digest[]): Promise<void> => {
    // Where there is no store nothing is held, and whoever publishes into a new one adds it then.
    if (more.length === 0 || (await ifPresent(stat(store.home))) === undefined || isOver) return;
    const missing = more.filter((digest) => !leased.has(digest));
    const [first] = missing;
    if (first !== undefined) {
      const taking = take(missing, (path ??= join(store.leases, `${hexOf(first)}.${randomUUID()}`)));
      for (const digest of missing) leased.set(digest, taking);
    }
    await Promise.all(more.map(async (digest) => leased.get(digest)));
  };
  await add(digests);
  return {
    add,
    async [Symbol.asyncDispose]() {
      // A download that others wait for goes on, and must not add to what nobody would remove.
      isOver = true;
      // What is being added now would be written after it was deleted.
      await Promise.allSettled(leased.values());
      const file = path;
      if (file !== undefined) await ifWritable(() => rm(file));
    },
  };
}

function exclusionOf(
  store: Store,
  path: string,
  digests: readonly Digest[],
): Parameters<typeof takeLease>[0] {
  return {
    async lease() {
      await prepareStore(store);
      const record = JSON.stringify({ owner: await describeOwner(), digests });
      // A line that a full disk has cut off spoils no other.
      await writeFile(path, `\n${record}\n`, { flag: "a" });
    },
    announced: () => removalsUnderWay(store),
  };
}

function createPause(): () => Promise<boolean> {
  let waitedMs = 0;
  return async () => {
    await sleep(pauseMs);
    waitedMs += pauseMs;
    return waitedMs < longestWaitMs;
  };
}
