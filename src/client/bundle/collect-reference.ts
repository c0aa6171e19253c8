import type { Lease } from "../../cache/index.ts";
import { isDistError, printOciName, type Reference, type ReferenceOf } from "../../core/index.ts";
import { mapReference, type Resolution } from "../../sources/index.ts";
import type { LockPins } from "../../lockfile/index.ts";
import { noteMeaning } from "../pull/note-meaning.ts";
import { ask } from "../pull/ask.ts";
import { pull, reporting } from "../pull/pull.ts";
import type { Pull, PullContext } from "../pull/pull-context.ts";
import type { BundlePart } from "./bundle-part.ts";
import { addressKey, bundleTypes } from "./bundle-media-types.ts";
import { cachedBlob } from "./cached-blob.ts";
import { collectImage } from "./collect-image.ts";
import { wrapContent } from "./wrap-content.ts";

/** What is to go into a bundle. */
export interface BundleItem {
  readonly reference: Reference;
  /** What a lock says that it has to turn out to be. */
  readonly pins: LockPins;
}

/** Brings what a reference means into the cache, whole, and says what of it goes into a bundle. */
export async function collectReference(
  context: PullContext,
  { reference, pins }: BundleItem,
  lease: Lease,
  signal: AbortSignal | undefined,
): Promise<BundlePart> {
  const image = await reporting(context, reference, signal, async (unpinned) => {
    const mapped = mapReference(reference, context.settings);
    if (!isImage(mapped)) return undefined;
    const call: Pull = { ...unpinned, reference: mapped, pins };
    const resolution = await askPinned(call, mapped);
    if (resolution.kind !== "manifest") return undefined;
    const part = await collectImage(call, resolution, { lease, name: nameInBundle(mapped) });
    await noteMeaning(context, resolution, resolution.root.digest);
    return part;
  });
  return image ?? (await collectContent(context, { reference, pins }, lease, signal));
}

/** A reference to what has a manifest. */
export type ImageReference = ReferenceOf<"oci"> | ReferenceOf<"layout"> | ReferenceOf<"digest">;

/** Whether what a reference means can have a manifest. */
export function isImage(reference: Reference): reference is ImageReference {
  return reference.kind === "oci" || reference.kind === "layout" || reference.kind === "digest";
}

/** What a reference means by a lock; the pin may be of a manifest, or of something below what the reference means. */
export async function askPinned(call: Pull, reference: ImageReference): Promise<Resolution> {
  const { digest } = call.pins;
  if (digest === undefined || reference.kind === "digest") return resolutionOf(call);
  const pinned: ImageReference =
    reference.kind === "oci"
      ? { ...reference, name: { ...reference.name, digest } }
      : { ...reference, name: undefined, digest };
  try {
    return await resolutionOf({ ...call, reference: pinned });
  } catch (error) {
    const isElsewhere = ["NOT_FOUND", "NOT_CACHED", "OFFLINE", "UNUSABLE_ARTIFACT"] as const;
    if (!isElsewhere.some((code) => isDistError(error, code))) throw error;
    return resolutionOf(call);
  }
}

function resolutionOf(call: Pull): Promise<Resolution> {
  return ask(call, (_, resolution) => Promise.resolve(resolution));
}

/** What an image is called in a bundle: by its whole reference, so that it is known where it belongs. */
export function nameInBundle(reference: Reference): string | undefined {
  if (reference.kind === "oci") return printOciName(reference.name);
  return reference.kind === "layout" ? reference.name : undefined;
}

async function collectContent(
  context: PullContext,
  { reference, pins }: BundleItem,
  lease: Lease,
  signal: AbortSignal | undefined,
): Promise<BundlePart> {
  const { contentDigest, mediaType } = await pull(context, reference, signal, pins);
  await lease.add([contentDigest]);
  await using content = await context.cache.open(contentDigest);
  return wrapContent({
    artifactType: bundleTypes.content,
    mediaType,
    blob: cachedBlob(context.cache, { digest: contentDigest, size: content.size }),
    annotations: addressOf(reference),
  });
}

/** Where a content came from. A query may be a secret, so that an address which has one is left out. */
function addressOf(reference: Reference): Readonly<Record<string, string>> {
  if (reference.kind !== "https") return {};
  const { username, password, search, href, hash } = reference.url;
  if (username !== "" || password !== "" || search !== "") return {};
  return { [addressKey]: href.slice(0, href.length - hash.length) };
}
