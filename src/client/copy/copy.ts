import { existsSync } from "node:fs";
import { parseReference } from "../../core/index.ts";
import type { PullContext } from "../pull/pull-context.ts";
import { checkTags } from "../push/check-tags.ts";
import type { CopiedArtifact, CopyOptions } from "./copy-options.ts";
import { copyToRegistry } from "./copy-to-registry.ts";
import { addToLayout, openLayoutTarget } from "./open-layout-target.ts";
import { parseDestination } from "./parse-destination.ts";
import { withImage } from "./with-image.ts";

/**
 * Copies an artifact to a registry or an image layout: from a registry, an image layout or the cache, by digest the same.
 * Blobs stream from one to the other; within one registry they are mounted. What is there is not sent, so that a copy which
 * was interrupted is repeated to go on; tags come last. An archive is written anew, and is there whole or not at all.
 * @throws {DistError} INVALID_INPUT, INVALID_REFERENCE, TAG_EXISTS, OFFLINE, SIZE_MISMATCH, DIGEST_MISMATCH, IO, DISK_FULL; and
 * what resolving throws and registries answer
 */
export async function copy(
  context: PullContext,
  from: string,
  to: string,
  { onePlatform, ...options }: CopyOptions,
): Promise<CopiedArtifact> {
  const { signal, force, tags = [], withReferrers } = options;
  const destination = parseDestination(from, to, context.settings.bases);
  if (destination.kind === "registry") checkTags(tags);
  const reference = parseReference(from, { pathExists: existsSync });
  return withImage(context, { reference, onePlatform, signal }, async (image) => {
    if (destination.kind === "registry") return copyToRegistry(context, image, destination, options);
    const { name, digest } = destination;
    const names = [...new Set([...(name === undefined ? [] : [name]), ...tags])];
    const target = await openLayoutTarget(context, destination, { force, signal });
    const copied = await addToLayout(target, image, { names, digest, withReferrers, signal });
    await target.finish();
    return copied;
  });
}
