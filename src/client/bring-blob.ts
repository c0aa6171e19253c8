import type { Blob, Lock, LockWait } from "../cache/index.ts";
import type { Digest } from "../core/index.ts";
import type { ByteSource } from "../verify/index.ts";
import { isRemote, type Pull } from "./pull-context.ts";
import type { BroughtBlob } from "./single-flight.ts";

/** Bytes that are to be in the cache. */
export interface BlobRequest {
  /** `undefined` when the bytes must be read to know it. */
  readonly digest: Digest | undefined;
  /** In bytes, where it is known. */
  readonly size: number | undefined;
  readonly open: (signal: AbortSignal | undefined) => Promise<ByteSource>;
  readonly signal: AbortSignal | undefined;
}

/**
 * Takes bytes from the cache, where they may also lie in the folders of `alsoUnder`, or brings them there.
 * @throws {DistError} SIZE_MISMATCH, DIGEST_MISMATCH, ABORTED, and what `open` and the cache throw
 */
export async function bringBlob(
  call: Pull,
  alsoUnder: readonly Digest[],
  request: BlobRequest,
): Promise<BroughtBlob> {
  const { digest, signal } = request;
  if (digest === undefined) return { blob: await fetchBlob(call, request), fetched: true };
  const held = await call.cache.locate(digest, alsoUnder);
  if (held !== undefined) return { blob: held, fetched: false };
  return call.flights.run(digest, (stop) => bringOnce(call, digest, { ...request, signal: stop }), signal);
}

/** Fetches bytes unless another call or process has brought them meanwhile; while one does, this one waits. */
async function bringOnce(call: Pull, digest: Digest, request: BlobRequest): Promise<BroughtBlob> {
  const { cache, settings, text } = call;
  const onWait = ({ holder, seconds }: LockWait): void =>
    settings.onEvent({ event: "waiting", for: "lock", subject: text, seconds, detail: `held by ${holder}` });
  const { signal } = request;
  const isDownload = isRemote(call.reference) && !settings.offline;
  const lock = isDownload ? await cache.lock(digest, { signal, onWait }) : undefined;
  let isDone = false;
  try {
    const late = await cache.locate(digest, []);
    const blob = late ?? (await fetchBlob(call, request, lock));
    isDone = true;
    return { blob, fetched: late === undefined };
  } finally {
    await lock?.release(isDone);
  }
}

async function fetchBlob(
  { cache, settings, text: reference }: Pull,
  { digest, size, open, signal }: BlobRequest,
  lock?: Lock,
): Promise<Blob> {
  const { maxArtifactBytes: maxBytes, onEvent } = settings;
  const expected = { reference, digest, size, maxBytes };
  const { refuseTooLarge } = await import("../verify/index.ts");
  refuseTooLarge(expected);
  const source = await open(signal);
  onEvent({ event: "downloading", reference, digest, totalBytes: size });
  const onProgress = (receivedBytes: number): void => {
    lock?.report(receivedBytes);
    onEvent({ event: "progress", digest, receivedBytes, totalBytes: size });
  };
  try {
    const blob = await cache.publish(source, expected, { signal, onProgress });
    onEvent({ event: "verified", digest: blob.digest });
    return blob;
  } catch (error) {
    // Where nothing of it was read, its connection is still held.
    await source[Symbol.asyncIterator]().return?.();
    throw error;
  }
}
