import { type Digest, DistError } from "../core/index.ts";
import type { ByteSource } from "../verify/index.ts";
import { locateBlob } from "./blobs.ts";
import { openRegular } from "./files/read-file.ts";
import { isKnown } from "./hashing/memo.ts";
import { chunksOf, hashOf, isUnchanged, isWholeHandle } from "./hashing/hash-file.ts";
import type { QuickFile } from "./files/quick-file.ts";
import type { Store } from "./store.ts";

/** A content that is held open. */
export interface OpenContent extends AsyncDisposable {
  /** In bytes. */
  readonly size: number;
  /** A part of its bytes: fewer than `length` where it ends before. */
  readonly read: (position: number, length: number) => Promise<Uint8Array>;
  /**
   * All its bytes.
   * @throws {DistError} DIGEST_MISMATCH when another program wrote to the file since it was opened
   */
  readonly bytes: () => Promise<Uint8Array>;
  /**
   * The same in chunks, each borrowed until the next one is asked for.
   * @throws {DistError} DIGEST_MISMATCH when another program wrote to the file since it was opened
   */
  readonly chunks: () => ByteSource;
}

/** Opens a blob of the store for reading, verified. */
export async function openContent(store: Store, digest: Digest): Promise<OpenContent> {
  const blob = await locateBlob(store, digest, []);
  const handle = blob === undefined ? undefined : await openRegular(blob.path);
  if (handle === undefined) throw notCached(digest);
  try {
    return await contentOf(store, handle, digest);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function contentOf(store: Store, handle: QuickFile, digest: Digest): Promise<OpenContent> {
  const before = await handle.statExactly();
  if (!(await isWholeHandle(store, handle, before, digest))) throw notCached(digest);
  const size = Number(before.size);
  const read = async (position: number, length: number): Promise<Uint8Array> => {
    const bytes = new Uint8Array(Math.min(length, size - position));
    for (let offset = 0; offset < bytes.length;) {
      const count = await handle.read(bytes, offset, bytes.length - offset, position + offset);
      if (count === 0) return bytes.subarray(0, offset);
      offset += count;
    }
    return bytes;
  };
  return {
    size,
    read,
    async bytes() {
      const bytes = await read(0, size);
      const { verifyBytes } = await import("../verify/index.ts");
      verifyBytes(bytes, { reference: digest, digest, maxBytes: bytes.length });
      return bytes;
    },
    async *chunks() {
      yield* chunksOf(handle);
      if (await isUnchanged(handle, before)) return;
      const [after, actual] = [await handle.statExactly(), await hashOf(handle)];
      // Another process made, or removed, a name of it.
      if (after.mtimeNs === before.mtimeNs && actual === digest) return;
      const message = `another program wrote to the file of ${digest} in the cache while it was read`;
      throw new DistError("DIGEST_MISMATCH", message, { reference: digest, expected: digest, actual });
    },
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

/**
 * The bytes of a blob of the store, each chunk borrowed. What is not known to be whole is hashed while it is read, and not
 * before that, so that the last chunk is followed by an error where it was another one's.
 */
export async function* readContent(store: Store, digest: Digest): ByteSource {
  await using handle = await openRegular(store.blob(digest));
  const stats = await handle?.statExactly();
  if (handle === undefined || stats === undefined || (await isKnown(store, digest, stats))) {
    await using content = await openContent(store, digest);
    yield* content.chunks();
    return;
  }
  const { verified } = await import("../verify/index.ts");
  yield* verified(chunksOf(handle), { reference: digest, digest, maxBytes: Number(stats.size) });
}

function notCached(reference: Digest): DistError<"NOT_CACHED"> {
  return new DistError("NOT_CACHED", `reference \`${reference}\` is not cached`, { reference });
}
