/**
 * OCI image layouts (image-spec v1.1) in folders and tar archives: reads them strictly, for others made them, and writes
 * them. Knows nothing of references, caches or registries.
 * @module
 */
export { findEntry } from "./find-entry.ts";
export { openLayout, type LayoutForm } from "./open-layout.ts";
export { type Layout, missingBlob, readLayoutManifest } from "./layout.ts";
