import type { BigIntStats } from "node:fs";
import { type Digest, once } from "../../core/index.ts";
import type { ByteSource } from "../../verify/index.ts";
import type { Store } from "../store.ts";
import type { QuickFile } from "../files/quick-file.ts";
import { exactStatsAt, openRegular } from "../files/read-file.ts";
import { isKnown, remember, stampOf } from "./memo.ts";

/** How much of a file is read at once, in bytes. */
const chunkBytes = 512 * 1024;

/**
 * The bytes of an open file from its beginning, each chunk borrowed until the next one is asked for; that is read
 * meanwhile.
 */
export async function* chunksOf(handle: QuickFile): ByteSource {
  const { size } = await handle.stat();
  if (size < chunkBytes) {
    yield* smallChunksOf(handle, size);
    return;
  }
  let [full, free] = [takeBuffer(), takeBuffer()];
  let position = 0;
  let reading = handle.read(full, 0, full.length, position);
  try {
    for (;;) {
      const length = await reading;
      if (length === 0) return;
      position += length;
      reading = handle.read(free, 0, free.length, position);
      // Whoever takes no more chunks does not hear of its error.
      reading.catch(() => undefined);
      yield full.subarray(0, length);
      [full, free] = [free, full];
    }
  } finally {
    await Promise.allSettled([reading]);
    if (spare.length < maxSpare) spare.push(full, free);
  }
}

async function* smallChunksOf(handle: QuickFile, size: number): ByteSource {
  const buffer = Buffer.allocUnsafe(Math.max(size, 1));
  for (let position = 0; ;) {
    const length = await handle.read(buffer, 0, buffer.length, position);
    if (length === 0) return;
    yield buffer.subarray(0, length);
    position += length;
  }
}

/** Buffers that nobody uses now. Whoever reads many files would leave some for each to the garbage collector. */
const spare: Buffer[] = [];
const maxSpare = 8;

function takeBuffer(): Buffer {
  return spare.pop() ?? Buffer.allocUnsafeSlow(chunkBytes);
}

/**
 * Whether the regular file at `path` has the bytes of `digest`: by the memo when it has not changed since it was
 * last hashed, else by hashing it.
 */
export async function isWhole(store: Store, path: string, digest: Digest): Promise<boolean> {
  const stats = exactStatsAt(path);
  if (stats?.isFile() !== true) return false;
  if (await isKnown(store, digest, stats)) return true;
  const handle = await openRegular(path);
  if (handle === undefined) return false;
  try {
    return await isWholeHandle(store, handle, await handle.statExactly(), digest);
  } finally {
    await handle.close();
  }
}

/** How often a file is hashed anew that is written to while it is hashed. */
const maxHashings = 5;

/** The same of a file that is open; `stats` are its own. */
export async function isWholeHandle(
  store: Store,
  handle: QuickFile,
  stats: BigIntStats,
  digest: Digest,
): Promise<boolean> {
  if (await isKnown(store, digest, stats)) return true;
  let before = stats;
  for (let hashings = 1; hashings <= maxHashings; hashings++) {
    const startedAt = store.now();
    if ((await hashOf(handle)) !== digest) return false;
    const after = await handle.statExactly();
    if (stampOf(after) === stampOf(before)) {
      await remember(store, digest, before, startedAt);
      return true;
    }
    // Another process made, or removed, a name of it: its bytes are the same.
    if (after.mtimeNs === before.mtimeNs && after.size === before.size) return true;
    before = after;
  }
  return false;
}

/** Whether nothing happened to an open file since its `before`. Other processes that link to it are something too. */
export async function isUnchanged(handle: QuickFile, before: BigIntStats): Promise<boolean> {
  return stampOf(await handle.statExactly()) === stampOf(before);
}

/** The digest of the regular file at `path`, whatever was noted of it; `undefined` when there is none. */
export async function hashFile(path: string, signal: AbortSignal | undefined): Promise<Digest | undefined> {
  const handle = await openRegular(path);
  if (handle === undefined) return undefined;
  try {
    return await hashOf(handle, signal);
  } finally {
    await handle.close();
  }
}

const verifying = once(() => import("../../verify/index.ts"));

/** The digest of an open file, read from its beginning. */
export async function hashOf(handle: QuickFile, signal?: AbortSignal): Promise<Digest> {
  const { verifyInto } = await verifying();
  const anything = { reference: "", maxBytes: Number.MAX_SAFE_INTEGER };
  const { digest } = await verifyInto(chunksOf(handle), anything, () => Promise.resolve(), { signal });
  return digest;
}
