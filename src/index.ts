/**
 * Finds, fetches, verifies, caches and pins WebAssembly components.
 * @module
 */
export type { CacheEntry } from "./cache/index.ts";
export {
  type CachedArtifact,
  type CallOptions,
  DistClient,
  type DistClientOptions,
  type Environment,
  type OpenArtifact,
  type ResolvedReference,
} from "./client/index.ts";
export {
  type Descriptor,
  type Digest,
  DistError,
  type DistErrorCode,
  type DistErrorOptions,
  type DistEvent,
  type ErrorDetails,
  type HttpFailureDetails,
  isDigest,
  isDistError,
  type ManifestDocument,
  type OciName,
  type Reference,
  type RegistryErrorEntry,
  type WarningCode,
} from "./core/index.ts";
export type { CredentialProvider, RegistryClient } from "./registry/index.ts";
