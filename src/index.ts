/**
 * Finds, fetches, verifies, caches and pins WebAssembly components and packs.
 * @module
 */
export type { CacheEntry, CacheInfo, GcOptions } from "./cache/index.ts";
export {
  type CachedArtifact,
  type CachedPack,
  type CacheVerification,
  type CallOptions,
  type ComponentRefs,
  type ComponentsExtension,
  componentsExtensionOf,
  DigestFetcher,
  DistClient,
  type DistClientOptions,
  type Environment,
  type FailedEntry,
  type FetchedPack,
  fetchPack,
  type FetchPackOptions,
  fetchPackToCache,
  isLockFailure,
  type LockedArtifact,
  type LockFailure,
  type LockOptions,
  type LockRecord,
  type MovedEntry,
  OciComponentResolver,
  OciPackFetcher,
  type OciPackFetcherOptions,
  type InspectedArtifact,
  type InspectedLayer,
  type OpenArtifact,
  type ResolvedComponent,
  type ResolvedReference,
  type VerifiedFile,
  type VerifyCacheOptions,
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
export type { Shape, WasmExtern, WasmInspection } from "./wasm/index.ts";
export type { CredentialProvider, RegistryClient } from "./registry/index.ts";
