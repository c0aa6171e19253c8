/**
 * The cache on disk: a store of blobs found by digest, and the folders in which other programs look for artifacts.
 * Knows nothing of registries, networks, or what a reference means.
 * @module
 */
export { type Cache, type CacheOptions, createCache } from "./cache.ts";
export type { CacheInfo } from "./info.ts";
export type { CacheEntry } from "./list.ts";
export type { AcquireLockOptions, Lock, LockWait } from "./lock/lock.ts";
export type { Leftover } from "./leftover.ts";
export { isWasmName, type Metadata, viewNames } from "./metadata.ts";
export type { OpenContent } from "./open-content.ts";
export type { Meaning } from "./refs.ts";
export { type Artifact, linkTarget, type ViewContent } from "./views.ts";
export type { Lease } from "./lease.ts";
export type { Staging } from "./staging.ts";
export type { Pins } from "./pins.ts";
export { withSpare } from "./with-spare.ts";
export { withFileLock } from "./with-file-lock.ts";
export { withTiers } from "./with-tiers.ts";
export type { Sweep, SweepOptions } from "./sweep.ts";
export type { BadFile, Origin, Verification } from "./verify.ts";
export { ifPresent, withIoErrors } from "./io-errors.ts";
export { keepManifest } from "./keep-manifest.ts";
export { type FileState, openFile, type OpenFile, stateOf } from "./open-file.ts";
export { readChunks } from "./read-chunks.ts";
export { type Blob, pathOf } from "./store.ts";
