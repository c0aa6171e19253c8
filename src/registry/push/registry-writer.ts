import type { Descriptor, Digest, ManifestDocument, OciName } from "../../core/index.ts";
import type { RegistryCallOptions } from "../calls.ts";
import type { OpenBytes } from "./blob-bytes.ts";

/** How a blob is written. */
export interface WriteBlobToRegistryOptions extends RegistryCallOptions {
  /** Opens the bytes, or the rest of them where it can be had; may be called again. Chunks may be borrowed. */
  readonly open: OpenBytes;
  /** Another repository of the same registry that has the blob. Default: none is known. */
  readonly mountFrom?: string | undefined;
  /** Called with how many bytes were sent so far; may go back where bytes are sent again. Default: nobody. */
  readonly onProgress?: ((sentBytes: number) => void) | undefined;
}

/** How a manifest is looked for. */
export interface FindManifestOptions extends RegistryCallOptions {
  /** What for: messages say that this failed. Default: `push`. */
  readonly action?: "push" | "tag" | "before-delete" | undefined;
}

/**
 * Writes to OCI registries (distribution-spec v1.1, "Push"). All methods throw UNAUTHORIZED or FORBIDDEN when the registry
 * or its token service refuses, NOT_FOUND, RATE_LIMITED, NETWORK for every other answer that is no success,
 * REDIRECT_REFUSED, TIMEOUT and ABORTED.
 */
export interface RegistryWriter {
  /** Whether the repository has a blob; `false` too when the registry cannot be asked. */
  readonly hasBlob: (name: OciName, digest: Digest, options?: RegistryCallOptions) => Promise<boolean>;
  /** What a tag, or a digest, means in the repository; `undefined` when there is no such manifest. */
  readonly findManifest: (name: OciName, options?: FindManifestOptions) => Promise<Digest | undefined>;
  /**
   * Writes a blob: mounts it where that is possible, else sends it, in one request and after a failure in chunks from
   * where the registry is. Its bytes are verified on the way.
   * @returns whether bytes were sent
   * @throws {DistError} SIZE_MISMATCH, DIGEST_MISMATCH
   */
  readonly writeBlob: (
    name: OciName,
    blob: Descriptor,
    options: WriteBlobToRegistryOptions,
  ) => Promise<boolean>;
  /**
   * Writes a manifest whose blobs are there, and lets the tag of `name`, if it has one, mean it. Where the registry knows
   * nothing of subjects, it is listed in the tag of those that refer to its own.
   */
  readonly writeManifest: (
    name: OciName,
    document: ManifestDocument,
    options?: RegistryCallOptions,
  ) => Promise<void>;
  /** All tags of a name's repository, each once and in the registry's order; see `listTags`. */
  readonly listTags: (name: OciName, options?: RegistryCallOptions) => Promise<readonly string[]>;
  /**
   * Removes a manifest by its digest, and with it all its tags, or a tag alone; see `deleteManifest`.
   * @throws {DistError} INVALID_INPUT when the registry does not do that
   */
  readonly deleteManifest: (name: OciName, options?: RegistryCallOptions) => Promise<void>;
}
