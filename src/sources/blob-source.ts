import type { Cache } from "../cache/index.ts";
import { type Digest, isDistError, limits, mediaTypes, printable, type ReferenceOf } from "../core/index.ts";
import type { RegistryClient } from "../registry/index.ts";
import { createOciSource } from "./oci-source.ts";
import type { ResolveOptions, Source } from "./source.ts";

/** What {@link createBlobSource} works with. */
export interface BlobSourceOptions {
  /** `undefined` for a client that is offline. */
  readonly registry: (() => Promise<RegistryClient>) | undefined;
  readonly cache: Cache;
  /** What the cache holds. */
  readonly held: Source<ReferenceOf<"digest"> | ReferenceOf<"oci">>;
}

/**
 * Artifacts in OCI registries, pinned by the digest of their manifest or by their own. A registry is asked for a
 * manifest first: some hand out manifests as blobs too, and none a blob as a manifest.
 */
export function createBlobSource({ registry, cache, held }: BlobSourceOptions): Source<ReferenceOf<"oci">> {
  return {
    async resolve(reference, options) {
      const { text, name, tenant } = reference;
      const { digest } = name;
      const isManifest = digest === undefined || (await cache.readManifest(digest)) !== undefined;
      if (!isManifest && (await isHeld(cache, digest, options))) {
        return held.resolve({ kind: "digest", text, digest }, options);
      }
      if (registry === undefined) return held.resolve(reference, options);
      try {
        return await createOciSource({ registry, cache }).resolve(reference, options);
      } catch (error) {
        if (digest === undefined || !isDistError(error, "NOT_FOUND")) throw error;
        const blob = { digest, size: undefined };
        return {
          kind: "content",
          ...blob,
          mediaType: mediaTypes.octetStream,
          open: async (signal, rest) =>
            (await registry()).openBlob(name, blob, {
              signal,
              tenant,
              reference: printable(text),
              verify: false,
              rest,
            }),
          discard: () => undefined,
          note: undefined,
        };
      }
    },
  };
}

/** Whether the cache has a content, or can take it over from another one. */
async function isHeld(cache: Cache, digest: Digest, { signal }: ResolveOptions): Promise<boolean> {
  if ((await cache.locate(digest, [])) !== undefined) return true;
  const options = { size: undefined, maxBytes: limits.artifactBytes, signal, onProgress: () => undefined };
  return (await cache.takeOver(digest, [], options)) !== undefined;
}
