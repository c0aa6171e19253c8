/**
 * The cache on disk: a store of blobs found by digest, and the folders in which other programs look for artifacts.
 * Knows nothing of registries, networks, or what a reference means.
 * @module
 */
export { type Cache, type CacheOptions, createCache } from "./cache.ts";
export type { CacheInfo } from "./info.ts";
export type { CacheEntry } from "./views/list.ts";
export type { AcquireLockOptions, Lock, LockWait } from "./lock/lock.ts";
export type { Leftover } from "./publishing/leftover.ts";
export { isWasmName, type Metadata, viewNames } from "./views/metadata.ts";
export type { OpenContent } from "./open-content.ts";
export type { Meaning } from "./refs.ts";
export { type Artifact, linkTarget, type ViewContent } from "./views/views.ts";
export type { Lease } from "./removal/lease.ts";
export type { Staging } from "./publishing/staging.ts";
export type { Pins } from "./removal/pins.ts";
export { withSpare } from "./with-spare.ts";
export { withFileLock } from "./lock/with-file-lock.ts";
export { withTiers } from "./with-tiers.ts";
export type { Sweep, SweepOptions } from "./removal/sweep.ts";
export type { BadFile, Origin, Verification } from "./verify.ts";
export { ifPresent, withIoErrors } from "./files/io-errors.ts";
export { keepManifest } from "./publishing/keep-manifest.ts";
export { type FileState, openFile, type OpenFile, stateOf } from "./files/open-file.ts";
export { readChunks } from "./files/read-chunks.ts";
export { type Blob, pathOf } from "./store.ts";
