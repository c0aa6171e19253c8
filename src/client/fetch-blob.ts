import type { Blob, Lock } from "../cache/index.ts";
import { type Digest, isDistError } from "../core/index.ts";
import type { PartialBytes, RestOf } from "../http/index.ts";
import { refuseTooLarge } from "../verify/index.ts";
import type { Pull } from "./pull-context.ts";
import { ResumedBytes } from "./resumed-bytes.ts";

/** Bytes that are to be in the cache. */
export interface BlobRequest {
  /** `undefined` when the bytes must be read to know it. */
  readonly digest: Digest | undefined;
  /** In bytes, where it is known. */
  readonly size: number | undefined;
  /** The bytes, or the rest of them where it can be had. */
  readonly open: (signal: AbortSignal | undefined, rest?: RestOf) => Promise<PartialBytes>;
  readonly signal: AbortSignal | undefined;
}

/**
 * Fetches bytes into the cache. What breaks off is gone on with; bytes of several answers that turn out not to fit
 * together are fetched once more, in one piece.
 * @throws {DistError} SIZE_MISMATCH, DIGEST_MISMATCH, ABORTED, and what `open` and the cache throw
 */
export async function fetchBlob(call: Pull, request: BlobRequest, lock?: Lock): Promise<Blob> {
  let wasPatched = false;
  const patched = (): void => {
    wasPatched = true;
  };
  try {
    return await fetchOnce(call, { ...request, lock }, true, patched);
  } catch (error) {
    const isMismatch = isDistError(error, "DIGEST_MISMATCH") || isDistError(error, "SIZE_MISMATCH");
    if (!isMismatch || !wasPatched) throw error;
    return fetchOnce(call, { ...request, lock }, false, patched);
  }
}

async function fetchOnce(
  { cache, settings, retrier, text: reference }: Pull,
  { digest, size, open, signal, lock }: BlobRequest & { readonly lock: Lock | undefined },
  mayPatch: boolean,
  patched: () => void,
): Promise<Blob> {
  const { maxArtifactBytes: maxBytes, onEvent } = settings;
  const expected = { reference, digest, size, maxBytes };
  refuseTooLarge(expected);
  const first = await open(signal);
  onEvent({ event: "downloading", reference, digest, totalBytes: size });
  const onProgress = (receivedBytes: number): void => {
    lock?.report(receivedBytes);
    onEvent({ event: "progress", digest, receivedBytes, totalBytes: size });
  };
  const source = new ResumedBytes(first, { open, size, mayPatch, retrier, signal });
  try {
    const blob = await cache.publish(source, expected, { signal, onProgress });
    onEvent({ event: "verified", digest: blob.digest });
    return blob;
  } catch (error) {
    if (source.isPatched) patched();
    // Where nothing of it was read, its connection is still held.
    await first[Symbol.asyncIterator]().return?.();
    throw error;
  }
}
