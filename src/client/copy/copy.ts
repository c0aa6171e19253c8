import { existsSync } from "node:fs";
import { type Digest, parseReference } from "../../core/index.ts";
import type { PullContext } from "../pull-context.ts";
import { copyToRegistry } from "./copy-to-registry.ts";
import { addToLayout, openLayoutTarget } from "./open-layout-target.ts";
import { parseDestination } from "./parse-destination.ts";
import { withImage } from "./with-image.ts";

/** What is copied, and how. */
export interface CopyOptions {
  /** More tags than the one of the reference. Default: none. */
  readonly tags?: readonly string[] | undefined;
  /**
   * Of an index, copies only the manifest for the client's `platform`, which then has another digest. Default: false, the
   * index and all that it lists.
   */
  readonly onePlatform?: boolean | undefined;
  /** Copies what refers to it too, and to what is below it: signatures, attestations. Default: false. */
  readonly withReferrers?: boolean | undefined;
  /** Lets tags mean this that mean something else now, and replaces an archive that is there. Default: false. */
  readonly force?: boolean | undefined;
  /** Stops the call; it then throws ABORTED. */
  readonly signal?: AbortSignal | undefined;
}

/** What stands at the other place now. */
export interface CopiedArtifact {
  /** `HOST/REPOSITORY@DIGEST`, or `oci-layout:PATH@DIGEST`, which means this artifact for ever. */
  readonly reference: string;
  /** Of the manifest or index. */
  readonly digest: Digest;
  readonly tags: readonly string[];
  /** What had to be written: manifests and blobs, and their bytes. */
  readonly manifests: number;
  readonly blobs: number;
  readonly bytes: number;
}

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
  const destination = parseDestination(to, context.settings.bases);
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
