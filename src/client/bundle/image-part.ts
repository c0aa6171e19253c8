import { type Descriptor, descriptorOf, type ManifestDocument } from "../../core/index.ts";
import type { NewBlob, NewLayoutEntry } from "../../layout/index.ts";
import { blobsBelow } from "../images/copy-image.ts";
import type { BundlePart } from "./bundle-part.ts";

/** How {@link imagePart} lists an image, and where its bytes come from. */
export interface ImagePartOptions {
  /** What it is called. Default, when there is none: it has only its digest. */
  readonly names: readonly string[];
  readonly manifest: (document: ManifestDocument) => NewBlob;
  readonly blob: (blob: Descriptor) => NewBlob;
}

/** An image as a part of a layout: `root` by its names, and beside it what refers to it, which nothing else lists. */
export function imagePart(
  root: ManifestDocument,
  manifests: readonly ManifestDocument[],
  { names, manifest, blob }: ImagePartOptions,
): BundlePart {
  const listed = new Set(
    manifests.flatMap((document) =>
      document.manifest.kind === "index" ? document.manifest.manifests.map(({ digest }) => digest) : [],
    ),
  );
  const referrers = manifests.filter((document) => document !== root && !listed.has(document.digest));
  const named = names.length === 0 ? [entryOf(root)] : names.map((name) => ({ ...entryOf(root), name }));
  return {
    entries: [...named, ...referrers.map(entryOf)],
    manifests: manifests.map(manifest),
    blobs: blobsBelow(manifests).map(blob),
  };
}

function entryOf(document: ManifestDocument): NewLayoutEntry {
  const { mediaType, digest, size } = descriptorOf(document);
  return { mediaType, digest, size };
}
