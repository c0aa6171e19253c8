import { type Digest, printable, printOciName } from "../../core/index.ts";
import { nothing } from "../bundle/collect-image.ts";
import { copyImage, measure, missingOf } from "../images/copy-image.ts";
import { createRegistryTarget } from "../images/registry-target.ts";
import type { PullContext } from "../pull/pull-context.ts";
import { offlinePush } from "../push/offline-push.ts";
import { otherDigest } from "../push/other-digest.ts";
import type { RepositoryToWrite } from "../push/repository-to-write.ts";
import { tagsToWrite } from "../push/tags-to-write.ts";
import type { CopiedArtifact, CopyOptions } from "./copy-options.ts";
import type { OpenImage } from "./with-image.ts";

/** How an image is copied to a repository. */
export interface CopyToRegistryOptions extends Omit<CopyOptions, "onePlatform"> {
  /** What can be done where a tag means something else. Default: to choose another one. */
  readonly instead?: string | undefined;
  /** Writes nothing, and counts what would be written; offline all of it. Default: false. */
  readonly dryRun?: boolean | undefined;
}

type Image = Pick<OpenImage, "root" | "images">;

/** Copies an image to a repository; what is there is not sent, and tags come last. */
export async function copyToRegistry(
  context: PullContext,
  image: OpenImage,
  place: RepositoryToWrite,
  options: CopyToRegistryOptions,
): Promise<CopiedArtifact> {
  return (await openPlace(context, place, image.root.digest, options))(image);
}

/**
 * Looks whether an image may go to a repository, and says how it gets there.
 * @throws {DistError} OFFLINE; TAG_EXISTS, INVALID_INPUT when something else is or is to be there
 */
export async function openPlace(
  { settings: { onEvent }, network, lanes }: PullContext,
  { name, tenant, isPinned }: RepositoryToWrite,
  digest: Digest,
  { tags = [], withReferrers, force = false, instead, dryRun = false, signal }: CopyToRegistryOptions,
): Promise<(image: Image) => Promise<CopiedArtifact>> {
  if (name.digest !== undefined && name.digest !== digest)
    throw otherDigest(printable(printOciName(name)), name.digest, digest);
  const allTags = [...new Set([...(isPinned || name.tag === undefined ? [] : [name.tag]), ...tags])];
  const [tag] = allTags;
  const reference = printable(printOciName(tag === undefined ? name : { ...name, tag, digest: undefined }));
  const place = { reference: printOciName({ ...name, tag: undefined, digest }), digest, tags: allTags };
  const countMissing = async (
    target: Parameters<typeof missingOf>[1],
    image: Image,
  ): Promise<CopiedArtifact> => {
    const { root, images } = image;
    const search = { root, withReferrers: withReferrers === true, signal };
    return { ...place, ...measure(await missingOf(images, target, search)) };
  };
  if (network === undefined) {
    if (!dryRun) throw offlinePush(reference);
    return (image) => countMissing(nothing, image);
  }
  const writer = await network.writer(name);
  const compared = { tags: allTags, digest, force, instead, reference, tenant, signal };
  const changed = await tagsToWrite(writer, name, compared);
  const target = createRegistryTarget(writer, name, { reference, tenant });
  if (dryRun) return (image) => countMissing(target, image);
  return async ({ root, images }) => {
    const options = { root, tags: changed, withReferrers, lanes, reference, onEvent, signal };
    const copied = await copyImage(images, target, options);
    return { ...copied, ...place };
  };
}
