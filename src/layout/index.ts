/**
 * OCI image layouts (image-spec v1.1) in folders and tar archives: reads them strictly, for others made them, and writes
 * them. Knows nothing of references, caches or registries.
 * @module
 */
export { archiveEntries } from "./archive-file.ts";
export { type Compression, compressionNamed } from "./compression.ts";
export { findEntry, nameOf } from "./find-entry.ts";
export {
  layoutArchive,
  layoutEntries,
  type NewBlob,
  type NewLayout,
  type NewLayoutEntry,
} from "./layout-entries.ts";
export { openLayout, type LayoutForm } from "./open-layout.ts";
export { checkMarker, digestOfFile, layoutFiles, maxMarkerBytes } from "./layout-files.ts";
export { type Layout, missingBlob, parseIndex, readLayoutManifest } from "./layout.ts";
export { type StreamedFile, streamLayout } from "./stream-layout.ts";
