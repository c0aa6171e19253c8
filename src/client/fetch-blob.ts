import type { Blob } from "../cache/index.ts";
import type { Digest } from "../core/index.ts";
import type { ByteSource } from "../verify/index.ts";
import type { Pull } from "./pull-context.ts";

/** Bytes that are to be in the cache. */
export interface BlobRequest {
  /** `undefined` when the bytes must be read to know it. */
  readonly digest: Digest | undefined;
  /** In bytes, where it is known. */
  readonly size: number | undefined;
  readonly open: () => Promise<ByteSource>;
  readonly signal: AbortSignal | undefined;
}

/** Bytes that are in the cache, and whether they had to be fetched. */
export interface BroughtBlob {
  readonly blob: Blob;
  readonly fetched: boolean;
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
  const held = request.digest === undefined ? undefined : await call.cache.locate(request.digest, alsoUnder);
  if (held !== undefined) return { blob: held, fetched: false };
  return { blob: await fetchBlob(call, request), fetched: true };
}

async function fetchBlob(
  { cache, settings, text: reference }: Pull,
  { digest, size, open, signal }: BlobRequest,
): Promise<Blob> {
  const { maxArtifactBytes: maxBytes, onEvent } = settings;
  const expected = { reference, digest, size, maxBytes };
  const { refuseTooLarge } = await import("../verify/index.ts");
  refuseTooLarge(expected);
  const source = await open();
  onEvent({ event: "downloading", reference, digest, totalBytes: size });
  const onProgress = (receivedBytes: number): void =>
    onEvent({ event: "progress", digest, receivedBytes, totalBytes: size });
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
