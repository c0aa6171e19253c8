import type { Descriptor, ManifestDocument, OciName } from "../../core/index.ts";
import type { PartialBytes, RestOf } from "../../http/index.ts";

/**
 * Where whole images are written: the counterpart of `ImageSource`. Blobs come first, then the manifests that need them,
 * and last what has tags.
 */
export interface ImageTarget {
  /** Whether it holds a manifest or index, and so everything below. */
  readonly hasManifest: (descriptor: Descriptor, signal: AbortSignal | undefined) => Promise<boolean>;
  readonly hasBlob: (blob: Descriptor, signal: AbortSignal | undefined) => Promise<boolean>;
  /**
   * Writes a blob that it does not hold, and verifies it on the way. Nothing is visible under its digest before all of it
   * is there and right.
   * @throws {DistError} SIZE_MISMATCH, DIGEST_MISMATCH, ABORTED; and what `open` throws
   */
  readonly writeBlob: (blob: Descriptor, options: WriteBlobOptions) => Promise<void>;
  /** Writes a manifest or index, all that it needs being there, and lets these tags mean it. */
  readonly writeManifest: (
    document: ManifestDocument,
    tags: readonly string[],
    signal: AbortSignal | undefined,
  ) => Promise<void>;
}

/** How a blob is written. */
export interface WriteBlobOptions {
  /** Opens the bytes, from their beginning or, where they can be had, from another place on. May be called again. */
  readonly open: (signal: AbortSignal | undefined, rest?: RestOf) => Promise<PartialBytes>;
  /** A repository that has the blob. A target in the same registry need not be sent it. Default: none is known. */
  readonly mountFrom?: OciName | undefined;
  readonly signal: AbortSignal | undefined;
  /** Called with how many bytes were written so far; may go back where they are written again. */
  readonly onProgress: (writtenBytes: number) => void;
}
