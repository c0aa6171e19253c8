import type { Blob } from "../cache/index.ts";
import { type Digest, DistError } from "../core/index.ts";
import type { ByteSource } from "../verify/index.ts";
import type { Pull } from "./pull-context.ts";

/** Bytes that are to be in the cache. */
export interface BlobRequest {
  /** `undefined` when the bytes must be read to know it. */
  readonly digest: Digest | undefined;
  /** In bytes, where it is known. */
  readonly size: number | undefined;
  /** The bytes; or, where there is nowhere to get them from, the error that says so. */
  readonly open: (() => Promise<ByteSource>) | DistError;
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
  const { digest, open } = request;
  const held = digest === undefined ? undefined : await call.cache.locate(digest, alsoUnder);
  if (held !== undefined) return { blob: held, fetched: false };
  if (open instanceof DistError) throw open;
  return { blob: await fetchBlob(call, request, open), fetched: true };
}

async function fetchBlob(
  { cache, settings, text: reference }: Pull,
  { digest, size, signal }: BlobRequest,
  open: () => Promise<ByteSource>,
): Promise<Blob> {
  const { maxArtifactBytes: maxBytes, onEvent } = settings;
  const onProgress = (receivedBytes: number): void =>
    onEvent({ event: "progress", digest, receivedBytes, totalBytes: size });
  const onOpen = (): void => onEvent({ event: "downloading", reference, digest, totalBytes: size });
  const blob = await cache.publish(
    opened(open, onOpen),
    { reference, digest, size, maxBytes },
    { signal, onProgress },
  );
  onEvent({ event: "verified", digest: blob.digest });
  return blob;
}

/** Asks for the bytes only when the first of them is wanted: by then there is a place for them. */
async function* opened(open: () => Promise<ByteSource>, onOpen: () => void): ByteSource {
  const source = await open();
  onOpen();
  yield* source;
}
