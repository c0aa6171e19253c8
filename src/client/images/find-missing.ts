import {
  type Descriptor,
  descriptorOf,
  type Digest,
  DistError,
  inParallel,
  limits,
  type ManifestDocument,
} from "../../core/index.ts";
import type { ImageSource } from "./image-source.ts";
import type { ImageTarget } from "./image-target.ts";

/** What {@link findMissing} looks for. */
export interface FindMissingOptions {
  readonly root: ManifestDocument;
  /** Whether to look for what refers to these manifests too. */
  readonly withReferrers: boolean;
  readonly signal: AbortSignal | undefined;
}

/** What the manifests of one image may take in memory, in bytes. */
const maxBytes = 16 * limits.manifestBytes;

/**
 * The manifests and indexes of an image that the target does not have, each after what it lists, and the root last. What
 * is below one that the target has is there too.
 * @throws {DistError} UNUSABLE_ARTIFACT when indexes are more than four deep, or their manifests too large; and what
 * source and target throw
 */
export async function findMissing(
  source: ImageSource,
  target: Pick<ImageTarget, "hasManifest">,
  { root, withReferrers, signal }: FindMissingOptions,
): Promise<readonly ManifestDocument[]> {
  const seen = new Set<Digest>();
  let bytes = 0;

  async function visit(
    entry: Descriptor,
    depth: number,
    known?: ManifestDocument,
  ): Promise<readonly ManifestDocument[]> {
    if (seen.has(entry.digest)) return [];
    seen.add(entry.digest);
    if (depth > limits.indexDepth) throw unusable(root, `nests more than ${limits.indexDepth} deep`);
    const isHeld = await target.hasManifest(entry, signal);
    if (isHeld && !withReferrers) return [];
    const document = known ?? (await source.readManifest(entry.digest, signal));
    bytes += document.bytes.length;
    if (bytes > maxBytes) throw unusable(root, `has more than ${maxBytes} bytes of manifests`);
    const { manifest } = document;
    const listed = manifest.kind === "index" ? manifest.manifests : [];
    const below = await inParallel(listed, (child) => visit(child, depth + 1));
    const referrers = withReferrers ? ((await source.referrersOf?.(entry.digest, signal)) ?? []) : [];
    const beside = await inParallel(referrers, (referrer) => visit(referrer, depth + 1));
    // The root comes last whatever refers to it, for it is what gets tags.
    const own = isHeld ? [] : [document];
    return document === root ? [...below, ...beside, own].flat() : [...below, own, ...beside].flat();
  }

  return visit(descriptorOf(root), 0, root);
}

function unusable({ digest }: ManifestDocument, why: string): DistError<"UNUSABLE_ARTIFACT"> {
  return new DistError("UNUSABLE_ARTIFACT", `${digest} ${why}`, {});
}
