import { dirname, join } from "node:path";
import { type Digest, hexOf, inParallel } from "../../core/index.ts";
import { type ByteSource, type Expected, verifyInto, type VerifyIntoOptions } from "../../verify/index.ts";
import { syncPath } from "../files/duplicate-file.ts";
import { withRoom } from "../removal/free-garbage.ts";
import { chunksOf } from "../hashing/hash-file.ts";
import { openIngest } from "./ingest.ts";
import { linkBlob } from "./publish.ts";
import { QuickFile } from "../files/quick-file.ts";
import type { Blob, Store } from "../store.ts";
import { createWriteBehind } from "../files/write-behind.ts";

/**
 * A private place in the store for many blobs. Nobody sees them before they are published, and disposing of it leaves
 * nothing of those that were not.
 */
export interface Staging extends AsyncDisposable {
  /**
   * Streams a blob into it, hashing it on the way.
   * @throws {DistError} SIZE_MISMATCH, DIGEST_MISMATCH, ABORTED; and what `source` throws
   */
  readonly add: (
    source: ByteSource,
    expected: Expected & { readonly digest: Digest },
    options: VerifyIntoOptions,
  ) => Promise<void>;
  /** The bytes of a blob that was added, borrowed. */
  readonly read: (digest: Digest) => ByteSource;
  /** Gives blobs that were added their names in the store. The caller has a lease on their digests. */
  readonly publish: (digests: readonly Digest[]) => Promise<readonly Blob[]>;
}

async function syncAndClose(file: QuickFile, sync: () => Promise<void>): Promise<void> {
  try {
    await sync();
  } finally {
    await file.close();
  }
}

/** How many files may wait for the disk while the next one is written. */
const maxSyncing = 8;

/** Opens a {@link Staging}. */
export async function openStaging(store: Store): Promise<Staging> {
  const ingest = await withRoom(store, () => openIngest(store, { size: undefined }));
  const folder = dirname(ingest.path);
  const fileOf = (digest: Digest): string => join(folder, hexOf(digest));
  const sizes = new Map<Digest, number>();
  const syncing = new Set<Promise<void>>();
  const settle = async (promise: Promise<void>): Promise<void> => {
    await promise;
    syncing.delete(promise);
  };
  return {
    async add(source, expected, options) {
      const [oldest] = syncing;
      if (oldest !== undefined && syncing.size >= maxSyncing) await settle(oldest);
      const file = await withRoom(store, () => QuickFile.open(fileOf(expected.digest), "wx", 0o600));
      const { write, sync } = createWriteBehind(file);
      try {
        const writeSomehow = (chunk: Uint8Array, at: number) => withRoom(store, () => write(chunk, at));
        const { digest, size } = await verifyInto(source, expected, writeSomehow, options);
        sizes.set(digest, size);
        await file.chmod(0o644);
      } catch (error) {
        await file.close();
        throw error;
      }
      const synced = syncAndClose(file, sync);
      // Whoever waits for it hears of its error.
      synced.catch(() => undefined);
      syncing.add(synced);
    },
    async *read(digest) {
      await using file = await QuickFile.open(fileOf(digest), "r");
      yield* chunksOf(file);
    },
    async publish(digests) {
      for (const one of syncing) await settle(one);
      const blobs = await inParallel(digests, (digest) =>
        withRoom(store, async () => {
          await linkBlob(store, fileOf(digest), digest);
          return { digest, size: sizes.get(digest) ?? 0, path: store.blob(digest) };
        }),
      );
      const folders = new Set(digests.map((digest) => dirname(store.blob(digest))));
      await inParallel([...folders], syncPath);
      return blobs;
    },
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(syncing);
      await ingest[Symbol.asyncDispose]();
    },
  };
}
