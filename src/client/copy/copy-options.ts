import type { Digest } from "../../core/index.ts";

/** What is copied, and how. */
export interface CopyOptions {
  /** More tags than the one of the reference. Default: none. */
  readonly tags?: readonly string[] | undefined;
  /**
   * Of an index, copies only the manifest for the client's `platform`, which then has another digest. Default: false, the
   * index and all that it lists.
   */
  readonly onePlatform?: boolean | undefined;
  /** Copies what refers to it too, and to what is below it: signatures, attestations. Default: false. */
  readonly withReferrers?: boolean | undefined;
  /** Lets tags mean this that mean something else now, and replaces an archive that is there. Default: false. */
  readonly force?: boolean | undefined;
  /** Stops the call; it then throws ABORTED. */
  readonly signal?: AbortSignal | undefined;
}

/** What stands at the other place now. */
export interface CopiedArtifact {
  /** `HOST/REPOSITORY@DIGEST`, or `oci-layout:PATH@DIGEST`, which means this artifact for ever. */
  readonly reference: string;
  /** Of the manifest or index. */
  readonly digest: Digest;
  readonly tags: readonly string[];
  /** What had to be written: manifests and blobs, and their bytes. */
  readonly manifests: number;
  readonly blobs: number;
  readonly bytes: number;
}

/** The same of an entry of a lockfile. */
export interface CopiedLockEntry extends CopiedArtifact {
  /** What the lock calls it. */
  readonly name: string | undefined;
}
