import type { Lease } from "../../cache/index.ts";
import {
  blobsOf,
  type Descriptor,
  type Digest,
  DistError,
  inParallel,
  limits,
  type ManifestDocument,
  parseDigest,
} from "../../core/index.ts";
import type { ManifestResolution } from "../../sources/index.ts";
import { bringBlob } from "../pull/bring-blob.ts";
import { blobsBelow } from "../images/copy-image.ts";
import { findMissing } from "../images/find-missing.ts";
import type { ImageSource } from "../images/image-source.ts";
import type { ImageTarget } from "../images/image-target.ts";
import { mismatchOf } from "../pull/pins.ts";
import type { Pull } from "../pull/pull-context.ts";
import type { BundlePart } from "./bundle-part.ts";
import { cachedBlob } from "./cached-blob.ts";
import { imagePart } from "./image-part.ts";
import { blobOf, emptyBlob } from "./wrap-content.ts";

/** How {@link collectImage} collects. */
export interface CollectImageOptions {
  /** Keeps what is collected. */
  readonly lease: Lease;
  /** What it is called in the bundle. */
  readonly name: string | undefined;
}

/**
 * Brings everything below a manifest or index into the cache, and what refers to it: all layers and platforms, for a
 * bundle is whole for every tool.
 * @throws {DistError} DIGEST_MISMATCH when it is not what a lock pins; SIZE_MISMATCH; and what a pull throws
 */
export async function collectImage(
  call: Pull,
  resolution: ManifestResolution,
  { lease, name }: CollectImageOptions,
): Promise<BundlePart> {
  const { cache, signal } = call;
  const { root, load, open, referrersOf } = resolution;
  const source: ImageSource = {
    readManifest: (digest) => load({ digest: parseDigest(digest) }),
    openBlob: open,
    referrersOf,
  };
  const manifests = await findMissing(source, nothing, { root, withReferrers: true, signal });
  const blobs = blobsBelow(manifests);
  checkPins(call, root, manifests, blobs);
  await lease.add([...manifests, ...blobs].map(({ digest }) => digest));
  await inParallel(manifests, (document) => keepManifest(call, document));
  const wanted = blobs.filter(({ digest }) => digest !== emptyBlob.digest);
  // Another program may have laid a layer out under the digest of its manifest alone.
  const holdersOf = ({ digest }: Descriptor): readonly Digest[] =>
    manifests
      .filter((document) => blobsOf(document).some((blob) => blob.digest === digest))
      .map((document) => document.digest);
  await inParallel(wanted, (blob) => bringWhole(call, resolution, blob, holdersOf(blob)));
  return imagePart(root, manifests, {
    names: name === undefined ? [] : [name],
    manifest: ({ digest, bytes }) => cachedBlob(cache, { digest, size: bytes.length }),
    blob: (blob) => (blob.digest === emptyBlob.digest ? emptyBlob : cachedBlob(cache, blob)),
  });
}

/** A place that holds nothing, so that everything is visited. */
export const nothing: Pick<ImageTarget, "hasManifest" | "hasBlob"> = {
  hasManifest: () => Promise.resolve(false),
  hasBlob: () => Promise.resolve(false),
};

/**
 * Whether an image is what a lock pins: it, or anything below it.
 * @throws {DistError} DIGEST_MISMATCH
 */
export function checkPins(
  call: Pull,
  root: ManifestDocument,
  manifests: readonly ManifestDocument[],
  blobs: readonly Descriptor[],
): void {
  const digests = new Set([...manifests, ...blobs].map(({ digest }) => digest));
  const { digest, contentDigest } = call.pins;
  const isHeld = (pin: Digest | undefined): boolean => pin === undefined || digests.has(pin);
  if (isHeld(digest) && isHeld(contentDigest)) return;
  const layers = manifests.flatMap(({ manifest }) => (manifest.kind === "image" ? manifest.layers : []));
  const mismatch = mismatchOf(call, [root.digest], layers[0]?.digest ?? root.digest);
  if (mismatch !== undefined) throw mismatch;
}

async function keepManifest(
  { cache, signal, text: reference }: Pull,
  document: ManifestDocument,
): Promise<void> {
  const { digest, bytes } = document;
  if ((await cache.readManifest(digest)) !== undefined) return;
  const expected = { reference, digest, size: bytes.length, maxBytes: limits.manifestBytes };
  await cache.publish(blobOf(bytes).open(), expected, { signal });
}

async function bringWhole(
  call: Pull,
  { open }: ManifestResolution,
  layer: Descriptor,
  alsoUnder: readonly Digest[],
): Promise<void> {
  const { signal, text: reference } = call;
  const { digest, size: expected } = layer;
  const { blob } = await bringBlob(call, alsoUnder, {
    ...layer,
    open: (stop, rest) => open(layer, stop, rest),
    signal,
  });
  const { size: actual } = blob;
  if (actual === expected) return;
  const message = `size mismatch for \`${reference}\`: ${digest} is said to have ${expected} bytes and has ${actual}`;
  throw new DistError("SIZE_MISMATCH", message, { reference, expected, actual });
}
