import { type Digest, once } from "../../core/index.ts";
import type { BlobRequest } from "./fetch-blob.ts";
import { isRemote, onWaitOf, type Pull } from "./pull-context.ts";
import type { BroughtBlob } from "./single-flight.ts";

const fetching = once(() => import("./fetch-blob.ts"));

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
  if (digest === undefined) {
    const { fetchBlob } = await fetching();
    return { blob: await fetchBlob(call, request), fetched: true };
  }
  const held = await call.cache.locate(digest, alsoUnder);
  if (held !== undefined) return { blob: held, fetched: false };
  return call.flights.run(
    digest,
    (stop) => bringOnce(call, digest, alsoUnder, { ...request, signal: stop }),
    signal,
  );
}

/** Takes bytes from the cache, or from those that are looked at before the network; `undefined` when none has them. */
export async function findBlob(
  { cache, settings, signal }: Pull,
  digest: Digest,
): Promise<BroughtBlob | undefined> {
  const held = await cache.locate(digest, []);
  if (held !== undefined) return { blob: held, fetched: false };
  const { maxArtifactBytes: maxBytes } = settings;
  const options = { size: undefined, maxBytes, signal, onProgress: () => undefined };
  const taken = await cache.takeOver(digest, [], options);
  return taken === undefined ? undefined : { blob: taken, fetched: true };
}

/** Fetches bytes unless another call or process has brought them meanwhile; while one does, this one waits. */
async function bringOnce(
  call: Pull,
  digest: Digest,
  alsoUnder: readonly Digest[],
  request: BlobRequest,
): Promise<BroughtBlob> {
  const { cache, settings } = call;
  const { signal } = request;
  const isDownload = isRemote(call.reference) && !settings.offline;
  const lock = isDownload ? await cache.lock(digest, { signal, onWait: onWaitOf(call) }) : undefined;
  let isDone = false;
  try {
    const late = await cache.locate(digest, []);
    const { size } = request;
    const onProgress = (receivedBytes: number): void => lock?.report(receivedBytes);
    const options = { size, maxBytes: settings.maxArtifactBytes, signal, onProgress };
    const held = late ?? (await cache.takeOver(digest, alsoUnder, options));
    const blob = held ?? (await (await fetching()).fetchBlob(call, request, lock));
    isDone = true;
    return { blob, fetched: late === undefined };
  } finally {
    await lock?.release(isDone);
  }
}
