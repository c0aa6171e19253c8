/**
 * The library's verbs over one pull: what a reference means, where its artifact lies. Reads the environment and the
 * user's options, once, and joins sources and cache. Prints nothing.
 * @module
 */
export { userCaches } from "./settings/cache-root.ts";
export { componentsExtensionOf, type ComponentsExtension } from "./components-extension.ts";
export {
  type ConfigFilePlace,
  type ConfigRow,
  describeConfig,
  listConfigFiles,
} from "./config/describe-config.ts";
export { loadGreenticConfig, type LoadGreenticConfigOptions } from "./config/load-greentic-config.ts";
export type { Diagnosis, DiagnosisStep, StepDetails, StepError, StepName } from "./diagnose/diagnosis.ts";
export { DigestFetcher } from "./digest-fetcher.ts";
export {
  type ComponentRefs,
  OciComponentResolver,
  type ResolvedComponent,
} from "./oci-component-resolver.ts";
export {
  type CachedPack,
  type FetchedPack,
  fetchPack,
  type FetchPackOptions,
  fetchPackToCache,
  OciPackFetcher,
  type OciPackFetcherOptions,
} from "./oci-pack-fetcher.ts";
export type { CallOptions, ListTagsOptions, LockOptions } from "./settings/call-options.ts";
export { DistClient } from "./dist-client.ts";
export type { DeleteImageOptions, Deletion } from "./images/delete-image.ts";
export type { TaggedImage, TagImageOptions } from "./images/tag-image.ts";
export type { LoadBundleOptions, LoadedArtifact } from "./bundle/load-bundle.ts";
export type { SaveBundleOptions, SavedArtifact } from "./bundle/save-bundle.ts";
export type { WriteBundleOptions } from "./bundle/write-bundle.ts";
export type { OutputTarget } from "./files/output-target.ts";
export type { GcOptions } from "./upkeep/collect.ts";
export type { OpenArtifact } from "./open-cached.ts";
export { parseByteCount, parseDuration } from "./settings/quantity.ts";
export type { CopiedArtifact, CopiedLockEntry, CopyOptions } from "./copy/copy-options.ts";
export type { PushBundleOptions } from "./copy/push-bundle.ts";
export type { CopyLockOptions } from "./copy/copy-lock.ts";
export type { FilesToPush, LayerToPush } from "./push/choose-layers.ts";
export type { PushedArtifact, PushOptions } from "./push/push.ts";
export type { PinnedArtifact } from "./upkeep/pin.ts";
export type { KnownLogin } from "./logins/known-logins.ts";
export { type LoginTarget, parseLoginTarget, parseTenant } from "./logins/login-target.ts";
export { type Logins, openLogins, type RemovedLogin, type SavedLogin } from "./logins/logins.ts";
export type { NewLogin } from "./logins/own-logins.ts";
export { type ConvertedLock, type ConvertLockOptions, printLost } from "./lock/convert-lock.ts";
export type { MovedEntry } from "./lock/check-lock.ts";
export {
  type FailedEntry,
  isLockFailure,
  type LockedArtifact,
  type LockFailure,
} from "./lock/lock-failure.ts";
export {
  type ChangedEntry,
  type ComparedField,
  type LockDiff,
  type LockEntry,
  type LockDialect,
  lockfileLimits,
  type LostKeys,
  type LockRecord,
  placedReference,
} from "../lockfile/index.ts";
export type { CachedArtifact, ResolvedReference } from "./cached-artifact.ts";
export type { InspectedArtifact, InspectedLayer } from "./inspect.ts";
export type { CacheVerification, VerifiedFile, VerifyCacheOptions } from "./upkeep/verify-cache.ts";
export type { Environment } from "./settings/environment.ts";
export type { RetryOptions } from "./settings/retry-settings.ts";
export type { DistClientOptions } from "./settings/settings.ts";
export {
  createRegistryDistributorSource,
  type RegistryDistributorSourceOptions,
} from "./registry-distributor-source.ts";
export { systemClock } from "./settings/system-clock.ts";
