import { createHash } from "node:crypto";
import type { Blob, Lease, Leftover, Lock } from "../../cache/index.ts";
import { type Digest, isDistError } from "../../core/index.ts";
import { isStrongEtag, type PartialBytes, type RestOf } from "../../http/index.ts";
import { type ByteSource, refuseTooLarge, type RestartableSource } from "../../verify/index.ts";
import { isRemote, type Pull } from "./pull-context.ts";
import { ResumedBytes } from "./resumed-bytes.ts";

/** Bytes that are to be in the cache. */
export interface BlobRequest {
  /** `undefined` when the bytes must be read to know it. */
  readonly digest: Digest | undefined;
  /** In bytes, where it is known. */
  readonly size: number | undefined;
  /** Where they come from, when that is one address. Default: several may have them. */
  readonly address?: string | undefined;
  /** The bytes, or the rest of them where it can be had. */
  readonly open: (signal: AbortSignal | undefined, rest?: RestOf) => Promise<PartialBytes>;
  readonly signal: AbortSignal | undefined;
  /** Keeps the bytes from the moment on when their digest is known. */
  readonly lease?: Lease | undefined;
}

/**
 * Fetches bytes into the cache. What breaks off is gone on with; bytes of several answers that turn out not to fit
 * together are fetched once more, in one piece; those of a mirror that are wrong are fetched from the next.
 * @throws {DistError} SIZE_MISMATCH, DIGEST_MISMATCH, ABORTED, and what `open` and the cache throw
 */
export async function fetchBlob(
  call: Pull,
  request: BlobRequest,
  lock: Lock | undefined = call.lock,
): Promise<Blob> {
  let mayPatch = true;
  let isAgain = false;
  const wrong = (source: ResumedBytes): void => {
    isAgain = source.isPatched || source.refuse();
    if (source.isPatched) mayPatch = false;
  };
  for (;;) {
    isAgain = false;
    try {
      return await fetchOnce(call, { ...request, lock }, mayPatch, wrong);
    } catch (error) {
      if (!isAgain) throw error;
    }
  }
}

function isMismatch(error: unknown): boolean {
  return isDistError(error, "DIGEST_MISMATCH") || isDistError(error, "SIZE_MISMATCH");
}

async function fetchOnce(
  call: Pull,
  request: BlobRequest & { readonly lock: Lock | undefined },
  mayPatch: boolean,
  wrong: (source: ResumedBytes) => void,
): Promise<Blob> {
  const { cache, settings, retrier, text: reference } = call;
  const { digest, size, open, signal, lock, lease } = request;
  const { maxArtifactBytes: maxBytes, onEvent } = settings;
  const expected = { reference, digest, size, maxBytes };
  refuseTooLarge(expected);
  const key = isRemote(call.reference) ? (digest ?? keyOf(request.address)) : undefined;
  const known = key === undefined || size === undefined ? undefined : { key, size };
  await using leftover = known && mayPatch ? await cache.findLeftover(known) : undefined;
  const first = await open(signal, leftover && restAfter(leftover, size));
  onEvent({ event: "downloading", reference, digest, totalBytes: size });
  const onProgress = (receivedBytes: number): void => {
    lock?.report(receivedBytes);
    onEvent({ event: "progress", digest, receivedBytes, totalBytes: size });
  };
  const { etag } = first;
  const unfinished = known && (digest ?? etag) !== undefined ? { ...known, etag } : undefined;
  const arriving = new ResumedBytes(first, { open, size, mayPatch, retrier, signal });
  const isContinued = leftover !== undefined && first.start === leftover.size;
  const source = isContinued ? joined(leftover.bytes, arriving) : arriving;
  try {
    const blob = await cache.publish(source, expected, { signal, onProgress, unfinished, lease });
    onEvent({ event: "verified", digest: blob.digest });
    await leftover?.remove();
    return blob;
  } catch (error) {
    if (isMismatch(error)) {
      wrong(arriving);
      await leftover?.remove();
    }
    // Where nothing of it was read, its connection is still held.
    await first[Symbol.asyncIterator]().return?.();
    throw error;
  }
}

/** Addresses may hold secrets. */
function keyOf(address: string | undefined): string | undefined {
  return address && `address:${createHash("sha256").update(address).digest("hex")}`;
}

function restAfter({ size: offset, etag }: Leftover, size: number | undefined): RestOf {
  return { offset, size, etag: etag !== undefined && isStrongEtag(etag) ? etag : undefined };
}

async function* joined(start: ByteSource, rest: RestartableSource): RestartableSource {
  yield* start;
  yield* rest;
}
