/**
 * The cache on disk: a store of blobs found by digest, and the folders in which other programs look for artifacts.
 * Knows nothing of registries, networks, or what a reference means.
 * @module
 */
export type { Blob } from "./blobs.ts";
export { type Cache, type CacheOptions, createCache } from "./cache.ts";
export { chunksOf } from "./hash-file.ts";
export { openRegular } from "./files.ts";
export type { CacheEntry } from "./list.ts";
export { isWasmName, type Metadata, viewNames } from "./metadata.ts";
export type { Meaning } from "./refs.ts";
export type { Artifact, ViewContent } from "./views.ts";
