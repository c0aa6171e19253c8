import { isDistError } from "../core/index.ts";
import type { ArtifactClient } from "./artifact-client.ts";
import type { CachedArtifact } from "./cached-artifact.ts";

/** A {@link CachedArtifact} whose path and bytes stay as they are until it is disposed of. */
export interface OpenArtifact extends CachedArtifact, AsyncDisposable {
  /** All bytes of the artifact, verified. */
  readonly bytes: () => Promise<Uint8Array>;
}

/** How often an artifact is brought again that is swept away before it is leased. */
const maxAttempts = 5;

/** Brings an artifact into the cache, unless it is there, and keeps it there until it is disposed of. */
export async function openCached(
  client: ArtifactClient,
  reference: string,
  signal: AbortSignal | undefined,
): Promise<OpenArtifact> {
  const lease = await client.cache.lease([]);
  try {
    for (let attempt = 1; ; attempt++) {
      const { mediaType: _, ...artifact } = await client.pull(reference, signal);
      const { digest, contentDigest, manifestDigest = contentDigest } = artifact;
      await lease.add([digest, contentDigest, manifestDigest]);
      try {
        // Only now it is sure to stay, if it is still there. If not, it is brought again under the lease.
        await client.cachedPath(manifestDigest, signal);
        const content = await client.cache.open(contentDigest);
        const close = async (): Promise<void> => {
          await content[Symbol.asyncDispose]();
          await lease[Symbol.asyncDispose]();
        };
        return { ...artifact, bytes: content.bytes, [Symbol.asyncDispose]: close };
      } catch (error) {
        if (!isDistError(error, "NOT_CACHED") || attempt === maxAttempts) throw error;
      }
    }
  } catch (error) {
    await lease[Symbol.asyncDispose]();
    throw error;
  }
}
