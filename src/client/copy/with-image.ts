import { DistError, type ManifestDocument, type Reference, walkIndex } from "../../core/index.ts";
import { mapReference } from "../../sources/index.ts";
import type { LockPins } from "../../lockfile/index.ts";
import { checkPins, nothing } from "../bundle/collect-image.ts";
import { askPinned, type ImageReference, isImage } from "../bundle/collect-reference.ts";
import { blobsBelow } from "../images/copy-image.ts";
import { findMissing } from "../images/find-missing.ts";
import type { ImageSource } from "../images/image-source.ts";
import { createResolvedImages } from "../images/resolved-images.ts";
import { reporting } from "../pull/pull.ts";
import type { PullContext } from "../pull/pull-context.ts";
import { looksLikeArchive } from "./parse-destination.ts";

/** What is to be copied, and where it is read. */
export interface OpenImage {
  readonly reference: ImageReference;
  readonly root: ManifestDocument;
  readonly images: ImageSource;
}

/** Which image {@link withImage} opens. */
export interface WithImageOptions {
  readonly reference: Reference;
  /** What a lock says that it has to turn out to be. */
  readonly pins?: LockPins | undefined;
  /** Of an index takes only the manifest for the client's platform. Default: all of it. */
  readonly onePlatform?: boolean | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Finds out what a reference means, and does `work` with it.
 * @throws {DistError} INVALID_INPUT for what has no manifest; DIGEST_MISMATCH when it is not what a lock pins; what
 * resolving throws
 */
export async function withImage<T>(
  context: PullContext,
  { reference: typed, pins = {}, onePlatform = false, signal }: WithImageOptions,
  work: (image: OpenImage) => Promise<T>,
): Promise<T> {
  const { settings, cache, retrier } = context;
  const reference = mapReference(typed, settings);
  return reporting(context, reference, signal, async (unpinned) => {
    const { text } = unpinned;
    if (!isImage(reference)) throw noManifest(text);
    const call = { ...unpinned, pins };
    const resolution = await askPinned(call, reference);
    if (resolution.kind !== "manifest") {
      resolution.discard();
      const isAbsent =
        reference.kind === "digest" && (await cache.locate(reference.digest, [])) === undefined;
      throw isAbsent ? notCached(text) : noManifest(text);
    }
    const { platforms } = settings;
    const { load } = resolution;
    const root = onePlatform ? await walkIndex(resolution.root, { platforms, load }) : resolution.root;
    const repository = reference.kind === "oci" ? reference.name : undefined;
    const images = createResolvedImages(resolution, { reference: text, repository, cache, retrier });
    if (pins.digest !== undefined || pins.contentDigest !== undefined) {
      const manifests = await findMissing(images, nothing, { root, withReferrers: false, signal });
      checkPins(call, root, manifests, blobsBelow(manifests));
    }
    return work({ reference, root, images });
  });
}

function noManifest(reference: string): DistError<"INVALID_INPUT"> {
  const hint = looksLikeArchive(reference)
    ? `what is in an image archive is named oci-archive:${reference}`
    : "publish it with `greentic-dist push`, which makes one";
  return new DistError(
    "INVALID_INPUT",
    `\`${reference}\` is a file without a manifest`,
    { reference },
    { hint },
  );
}

function notCached(reference: string): DistError<"NOT_CACHED"> {
  const hint = "name the artifact by its registry reference; `greentic-dist cache ls` shows what is here";
  return new DistError("NOT_CACHED", `reference \`${reference}\` is not cached`, { reference }, { hint });
}
