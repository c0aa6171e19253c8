import { printable, printOciName } from "../../core/index.ts";
import { copyImage } from "../images/copy-image.ts";
import { createRegistryTarget } from "../images/registry-target.ts";
import type { PullContext } from "../pull-context.ts";
import { offlinePush } from "../push/offline-push.ts";
import { otherDigest } from "../push/other-digest.ts";
import type { RepositoryToWrite } from "../push/repository-to-write.ts";
import { tagsToWrite } from "../push/tags-to-write.ts";
import type { CopiedArtifact, CopyOptions } from "./copy-options.ts";
import type { OpenImage } from "./with-image.ts";

/** Copies an image to a repository; what is there is not sent, and tags come last. */
export async function copyToRegistry(
  { settings: { onEvent }, network, lanes }: PullContext,
  { root, images }: OpenImage,
  { name, tenant, isPinned }: RepositoryToWrite,
  { tags = [], withReferrers, force = false, signal }: Omit<CopyOptions, "onePlatform">,
): Promise<CopiedArtifact> {
  const reference = printable(printOciName(name));
  if (network === undefined) throw offlinePush(reference);
  const { digest } = root;
  if (name.digest !== undefined && name.digest !== digest) throw otherDigest(reference, name.digest, digest);
  const allTags = [...new Set([...(isPinned || name.tag === undefined ? [] : [name.tag]), ...tags])];
  const writer = await network.writer(name);
  const compared = { tags: allTags, digest, force, reference, tenant, signal };
  const changed = await tagsToWrite(writer, name, compared);
  const target = createRegistryTarget(writer, name, { reference, tenant });
  const options = { root, tags: changed, withReferrers, lanes, reference, onEvent, signal };
  const copied = await copyImage(images, target, options);
  return { ...copied, reference: printOciName({ ...name, tag: undefined, digest }), tags: allTags };
}
