import { DistError, isDigest, isDistError, parseReference, printable } from "../core/index.ts";
import { ArtifactClient } from "./artifact-client.ts";
import { blobKind } from "./pull/artifact-kind.ts";
import type { CachedArtifact } from "./cached-artifact.ts";
import type { CallOptions } from "./settings/call-options.ts";
import type { DistClientOptions } from "./settings/settings.ts";

/**
 * Fetches what a digest names in a repository: `registry/repository@sha256:…`, where the digest is that of a blob, or
 * of a manifest whose component is meant then.
 *
 * The cache holds `<root>/<hex>/blob.bin`; its root is by default `digests` in `GREENTIC_DIST_CACHE_DIR`, else
 * `greentic/digests` in the user's cache folder. A bare digest is served when it is cached.
 *
 * Every method may throw a `DistError`: TAG_REFUSED for a tag, INVALID_INPUT for a bare digest that is not cached and
 * for what is no name in a registry, NOT_FOUND when the repository has neither blob nor manifest of that digest.
 */
export class DigestFetcher implements AsyncDisposable {
  readonly #blobs: ArtifactClient;

  constructor(options: Omit<DistClientOptions, "allowTags"> = {}) {
    this.#blobs = new ArtifactClient(blobKind, { ...options, allowTags: false });
  }

  /** All bytes of what the digest names, verified. They are cached. */
  async fetchByDigest(reference: string, options: CallOptions = {}): Promise<Uint8Array> {
    const { contentDigest } = await this.ensureCached(reference, options);
    await using content = await this.#blobs.cache.open(contentDigest);
    return await content.bytes();
  }

  /** Brings what the digest names into the cache, unless it is there, and returns where it lies, verified. */
  async ensureCached(reference: string, { signal }: CallOptions = {}): Promise<CachedArtifact> {
    const { kind } = parseReference(reference, { pathExists: () => false });
    if (kind !== "digest" && kind !== "oci" && kind !== "mapped") throw noDigestReference(reference);
    try {
      const { mediaType: _, ...artifact } = await this.#blobs.pull(reference, signal);
      return artifact;
    } catch (error) {
      if (!isDigest(reference) || !isDistError(error, "NOT_CACHED")) throw error;
      throw lacksRepository(reference);
    }
  }

  /** Lets go of connections. The fetcher can be used again. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#blobs[Symbol.asyncDispose]();
  }
}

const hint = "write registry/repository@sha256:…";

function lacksRepository(reference: string): DistError<"INVALID_INPUT"> {
  const message = `digest \`${reference}\` lacks repository context; pass an OCI digest ref`;
  return new DistError("INVALID_INPUT", message, { reference }, { hint });
}

function noDigestReference(text: string): DistError<"INVALID_INPUT"> {
  const reference = printable(text);
  return new DistError(
    "INVALID_INPUT",
    `\`${reference}\` is no digest in a registry`,
    { reference },
    { hint },
  );
}
