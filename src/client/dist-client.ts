import type { CacheEntry } from "../cache/index.ts";
import { parseDigest } from "../core/index.ts";
import { ArtifactClient } from "./artifact-client.ts";
import { componentKind } from "./artifact-kind.ts";
import type { CachedArtifact, ResolvedReference } from "./cached-artifact.ts";
import type { DistClientOptions } from "./settings.ts";

/** What every call takes. */
export interface CallOptions {
  /** Stops the call; it then throws ABORTED. */
  readonly signal?: AbortSignal | undefined;
}

/** A {@link CachedArtifact} that stays readable until it is disposed of, whatever happens to the cache. */
export interface OpenArtifact extends CachedArtifact, AsyncDisposable {
  /** All bytes of the artifact, verified. */
  readonly bytes: () => Promise<Uint8Array>;
}

/**
 * Finds, fetches, verifies and caches components.
 *
 * ```ts
 * await using client = new DistClient();
 * const { cachePath } = await client.ensureCached("oci://ghcr.io/acme/hello:1.0");
 * ```
 *
 * Every method may throw a `DistError`; its `code` says which kind, and `docs/errors.md` lists them.
 */
export class DistClient implements AsyncDisposable {
  readonly #components: ArtifactClient;

  constructor(options: DistClientOptions = {}) {
    this.#components = new ArtifactClient(componentKind, options);
  }

  /** What a reference means, as a digest. Nothing of an OCI artifact but manifests is downloaded. */
  async resolveRef(reference: string, { signal }: CallOptions = {}): Promise<ResolvedReference> {
    return this.#components.resolve(reference, signal);
  }

  /** Brings an artifact into the cache, unless it is there, and returns where it lies, verified. */
  async ensureCached(reference: string, { signal }: CallOptions = {}): Promise<CachedArtifact> {
    const { mediaType: _, ...artifact } = await this.#components.pull(reference, signal);
    return artifact;
  }

  /** The same, held open: the bytes stay readable even when the entry is removed meanwhile. */
  async openCached(reference: string, options: CallOptions = {}): Promise<OpenArtifact> {
    const artifact = await this.ensureCached(reference, options);
    const content = await this.#components.cache.open(artifact.contentDigest);
    return { ...artifact, ...content };
  }

  /**
   * What the cache holds under a digest, of a manifest or of a content.
   * @throws {DistError} NOT_CACHED
   */
  async fetchDigest(digest: string, options: CallOptions = {}): Promise<CachedArtifact> {
    return this.ensureCached(parseDigest(digest), options);
  }

  /** Each artifact in the cache once. Nothing is hashed for that. */
  async listCache(): Promise<readonly CacheEntry[]> {
    return this.#components.cache.list();
  }

  /**
   * Removes artifacts, by digest of their manifest or content; what is not there is passed over.
   * @throws {DistError} INVALID_INPUT when one is no digest; nothing is removed then
   */
  async removeCached(digests: readonly string[]): Promise<void> {
    return this.#components.cache.remove(digests.map(parseDigest));
  }

  /** Lets go of connections. The client can be used again. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#components[Symbol.asyncDispose]();
  }
}
