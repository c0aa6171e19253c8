import type { Digest } from "../core/index.ts";

/** What a reference means. */
export interface ResolvedReference {
  /** As it was asked for. */
  readonly reference: string;
  /** Of the manifest or index, or of the content where there is none. */
  readonly digest: Digest;
}

/** An artifact in the cache. */
export interface CachedArtifact extends ResolvedReference {
  readonly contentDigest: Digest;
  readonly manifestDigest: Digest | undefined;
  /** The verified file: `<root>/<hex>/component.wasm`, or `component.manifest.json` of an artifact that is only that. */
  readonly cachePath: string;
  /** Whether this call brought bytes into the cache. */
  readonly fetched: boolean;
}

/** A {@link CachedArtifact}, and what was found out on the way. */
export interface PulledArtifact extends CachedArtifact {
  /** As its manifest or server declared it. */
  readonly mediaType: string;
}
