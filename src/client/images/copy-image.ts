import {
  blobsOf,
  type Descriptor,
  type Digest,
  inParallel,
  type ManifestDocument,
  type OnEvent,
  throwIfAborted,
} from "../../core/index.ts";
import { together } from "../pull/together.ts";
import { findMissing, type FindMissingOptions } from "./find-missing.ts";
import type { ImageSource } from "./image-source.ts";
import type { ImageTarget } from "./image-target.ts";
import type { Lanes } from "./create-lanes.ts";

/** What {@link copyImage} copies, and who hears of it. */
export interface CopyImageOptions {
  /** The manifest or index to copy, as the source has it. */
  readonly root: ManifestDocument;
  /** What is to mean it at the target. Default: it has only its digest. */
  readonly tags?: readonly string[] | undefined;
  /** Whether what refers to it, and to what is below it, is copied too. Default: false. */
  readonly withReferrers?: boolean | undefined;
  /** What blobs wait for, those of all copies. */
  readonly lanes: Lanes;
  /** Names it in events. */
  readonly reference: string;
  readonly onEvent: OnEvent;
  readonly signal: AbortSignal | undefined;
}

/** What was written; what the target had already does not count. */
export interface CopiedImage {
  /** Of the root. */
  readonly digest: Digest;
  readonly manifests: number;
  readonly blobs: number;
  /** Of blobs and manifests together. */
  readonly bytes: number;
}

/**
 * Copies an image from one place to another: what is below a manifest before the manifest, and what gets tags last, so
 * that nothing there ever names what is missing. What the target has is not written, so that a copy which was interrupted
 * is gone on with. Blobs stream through a few buffers, a few at a time, each digest once.
 * @throws {DistError} UNUSABLE_ARTIFACT, SIZE_MISMATCH, DIGEST_MISMATCH, ABORTED; and what source and target throw
 */
export async function copyImage(
  source: ImageSource,
  target: ImageTarget,
  { root, tags = [], withReferrers = false, lanes, reference, onEvent, signal }: CopyImageOptions,
): Promise<CopiedImage> {
  const missing = await missingOf(source, target, { root, withReferrers, signal });
  const { manifests, blobs } = missing;
  const copyBlob = async (blob: Descriptor, stop: AbortSignal): Promise<void> => {
    throwIfAborted(stop);
    const { digest, size: totalBytes } = blob;
    onEvent({ event: "uploading", reference, digest, totalBytes });
    await target.writeBlob(blob, {
      open: (inner, rest) => source.openBlob(blob, inner, rest),
      mountFrom: source.repository,
      signal: stop,
      onProgress: (sentBytes) => onEvent({ event: "sent", digest, sentBytes, totalBytes }),
    });
    onEvent({ event: "uploaded", digest });
  };
  await together(signal, (stop) => blobs.map((blob) => lanes(() => copyBlob(blob, stop), stop)));
  for (const document of manifests) {
    throwIfAborted(signal);
    await target.writeManifest(document, document === root ? tags : [], signal);
  }
  const isRootHeld = !manifests.includes(root);
  if (isRootHeld && tags.length > 0) await target.writeManifest(root, tags, signal);
  const { digest } = root;
  onEvent({ event: "pushed", reference, digest, uploaded: manifests.length + blobs.length > 0 });
  return { digest, ...measure(missing) };
}

/** What of an image is not at a target. */
export interface MissingOfImage {
  /** Each after what it lists, and the root last. */
  readonly manifests: readonly ManifestDocument[];
  readonly blobs: readonly Descriptor[];
}

/** Asks a target what of an image it does not have. Reads only. */
export async function missingOf(
  source: ImageSource,
  target: Pick<ImageTarget, "hasManifest" | "hasBlob">,
  options: FindMissingOptions,
): Promise<MissingOfImage> {
  const manifests = await findMissing(source, target, options);
  const distinct = blobsBelow(manifests);
  const held = await inParallel(distinct, (blob) => target.hasBlob(blob, options.signal));
  return { manifests, blobs: distinct.filter((_, i) => held[i] === false) };
}

/** How much that is. */
export function measure({ manifests, blobs }: MissingOfImage): Omit<CopiedImage, "digest"> {
  const sizes = [...blobs.map(({ size }) => size), ...manifests.map(({ bytes }) => bytes.length)];
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  return { manifests: manifests.length, blobs: blobs.length, bytes };
}

/** Layers that registries do not hold: they are to be fetched from elsewhere (OCI image-spec v1.1, "Non-Distributable Layers"). */
const elsewhere =
  /^application\/vnd\.(?:oci\.image\.layer\.nondistributable|docker\.image\.rootfs\.foreign)\./;

/** The blobs that manifests need, each digest once, but for those that are to be fetched from elsewhere. */
export function blobsBelow(manifests: readonly ManifestDocument[]): readonly Descriptor[] {
  const needed = manifests.flatMap(blobsOf).filter(({ mediaType }) => !elsewhere.test(mediaType));
  return [...new Map(needed.map((blob) => [blob.digest, blob])).values()];
}
