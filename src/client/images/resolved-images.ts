import type { Cache } from "../../cache/index.ts";
import { DistError, isDistError, type OciName, parseDigest, relatedTo, relating } from "../../core/index.ts";
import type { Retrier } from "../../http/index.ts";
import type { ManifestResolution } from "../../sources/index.ts";
import { startOver } from "../../verify/index.ts";
import { ResumedBytes } from "../pull/resumed-bytes.ts";
import { cachedBlob } from "../bundle/cached-blob.ts";
import type { ImageSource } from "./image-source.ts";

/** How {@link createResolvedImages} reads. */
export interface ResolvedImagesOptions {
  /** What is resolved, as its own errors name it. */
  readonly reference: string;
  /** The repository that it was resolved in. Default: none. */
  readonly repository: OciName | undefined;
  /** What it has is taken from there. */
  readonly cache: Pick<Cache, "locate" | "read">;
  readonly retrier: () => Promise<Retrier>;
}

/** What a reference means, and all that is below it, as the place that images are read from. */
export function createResolvedImages(
  { load, open, referrersOf }: ManifestResolution,
  { reference, repository, cache, retrier }: ResolvedImagesOptions,
): ImageSource {
  return {
    repository,
    referrersOf,
    readManifest: (digest) => load({ digest: parseDigest(digest) }),
    async openBlob(blob, signal, rest) {
      if ((await cache.locate(blob.digest, [])) !== undefined) return cachedBlob(cache, blob).open();
      const first = await relating(reference, undefined, () => open(blob, signal, rest));
      const { size } = blob;
      const bytes = new ResumedBytes(first, {
        open: (stop, again) => open(blob, stop, again),
        size,
        mayPatch: true,
        retrier,
        signal,
      });
      return { start: first.start, [Symbol.asyncIterator]: () => steady(bytes, reference) };
    },
  };
}

/**
 * Bytes that cannot be gone on with end in an error: whoever writes them begins anew. What fails here names the source:
 * it goes through whoever writes, and is no failure of the target.
 */
async function* steady(bytes: ResumedBytes, reference: string): AsyncGenerator<Uint8Array, void> {
  try {
    for await (const chunk of bytes) {
      if (chunk === startOver) {
        const message = "a download broke off, and the rest of it cannot be had";
        throw new DistError("NETWORK", message, {}, { cause: new Error(message) });
      }
      yield chunk;
    }
  } catch (error) {
    throw isDistError(error) ? relatedTo(error, reference) : error;
  }
}
