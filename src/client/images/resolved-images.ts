import type { Cache } from "../../cache/index.ts";
import { DistError, type OciName, parseDigest } from "../../core/index.ts";
import type { Retrier } from "../../http/index.ts";
import type { ManifestResolution } from "../../sources/index.ts";
import { startOver } from "../../verify/index.ts";
import { ResumedBytes } from "../pull/resumed-bytes.ts";
import { cachedBlob } from "../bundle/cached-blob.ts";
import type { ImageSource } from "./image-source.ts";

/** How {@link createResolvedImages} reads. */
export interface ResolvedImagesOptions {
  /** The repository that it was resolved in. Default: none. */
  readonly repository: OciName | undefined;
  /** What it has is taken from there. */
  readonly cache: Pick<Cache, "locate" | "read">;
  readonly retrier: () => Promise<Retrier>;
}

/** What a reference means, and all that is below it, as the place that images are read from. */
export function createResolvedImages(
  { load, open, referrersOf }: ManifestResolution,
  { repository, cache, retrier }: ResolvedImagesOptions,
): ImageSource {
  return {
    repository,
    referrersOf,
    readManifest: (digest) => load({ digest: parseDigest(digest) }),
    async openBlob(blob, signal, rest) {
      if ((await cache.locate(blob.digest, [])) !== undefined) return cachedBlob(cache, blob).open();
      const first = await open(blob, signal, rest);
      const { size } = blob;
      const bytes = new ResumedBytes(first, {
        open: (stop, again) => open(blob, stop, again),
        size,
        mayPatch: true,
        retrier,
        signal,
      });
      return { start: first.start, [Symbol.asyncIterator]: () => steady(bytes) };
    },
  };
}

/** Bytes that cannot be gone on with end in an error: whoever writes them begins anew. */
async function* steady(bytes: ResumedBytes): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of bytes) {
    if (chunk === startOver) {
      const message = "a download broke off, and the rest of it cannot be had";
      throw new DistError("NETWORK", message, {}, { cause: new Error(message) });
    }
    yield chunk;
  }
}
