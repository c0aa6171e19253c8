import type { Descriptor, Digest, ManifestDocument, OciName } from "../../core/index.ts";
import type { PartialBytes, RestOf } from "../../http/index.ts";

/** Where whole images are read: a repository in a registry, an image layout in a folder or an archive, the cache. */
export interface ImageSource {
  /**
   * The manifest or index of a digest or a tag, verified.
   * @throws {DistError} NOT_FOUND, or NOT_CACHED; DIGEST_MISMATCH; UNUSABLE_ARTIFACT
   */
  readonly readManifest: (reference: string, signal: AbortSignal | undefined) => Promise<ManifestDocument>;
  /**
   * The bytes of a blob, **not yet verified**, or the rest of them where it can be had: the stream's `start` says which
   * came. Chunks are borrowed.
   * @throws {DistError} NOT_FOUND, or NOT_CACHED
   */
  readonly openBlob: (
    blob: Descriptor,
    signal: AbortSignal | undefined,
    rest?: RestOf,
  ) => Promise<PartialBytes>;
  /** Manifests that name this one as their subject: signatures, attestations. Default: it cannot say. */
  readonly referrersOf?:
    | ((digest: Digest, signal: AbortSignal | undefined) => Promise<readonly Descriptor[]>)
    | undefined;
  /** The repository that it is, from which the same registry can mount blobs in another one. Default: it is none. */
  readonly repository?: OciName | undefined;
}
