/**
 * OCI image layouts (image-spec v1.1) in folders and tar archives: reads them strictly, for others made them, and writes
 * them. Knows nothing of references, caches or registries.
 * @module
 */
export { addToIndex, readIndexBytes } from "./add-to-index.ts";
export { archiveEntries } from "./archive-file.ts";
export { type Compression, compressionNamed } from "./compression.ts";
export { findEntry, nameOf } from "./find-entry.ts";
export {
  layoutArchive,
  layoutEntries,
  newMarker,
  type NewBlob,
  type NewLayout,
  type NewLayoutEntry,
} from "./layout-entries.ts";
export { findInFolder, openLayout, type LayoutForm } from "./open-layout.ts";
export { checkMarker, digestOfFile, layoutFiles, maxMarkerBytes } from "./layout-files.ts";
export { type Layout, missingBlob, parseIndex, readLayoutManifest } from "./layout.ts";
export { referrersIn } from "./referrers-in.ts";
export type { OnRead } from "./byte-input.ts";
export { type StreamedFile, streamLayout } from "./stream-layout.ts";
