import { existsSync } from "node:fs";
import { type Digest, DistError, parseReference, printable, printOciName, walkIndex } from "../core/index.ts";
import { mapReference, type Resolution } from "../sources/index.ts";
import { copyImage } from "./images/copy-image.ts";
import { createRegistryTarget } from "./images/registry-target.ts";
import { createResolvedImages } from "./images/resolved-images.ts";
import { ask } from "./ask.ts";
import { reporting } from "./pull.ts";
import type { Pull, PullContext } from "./pull-context.ts";
import { offlinePush } from "./push/offline-push.ts";
import { otherDigest } from "./push/other-digest.ts";
import { repositoryToWrite } from "./push/repository-to-write.ts";
import { tagsToWrite } from "./push/tags-to-write.ts";

/** What is copied, and how. */
export interface CopyOptions {
  /** More tags than the one of the reference. Default: none. */
  readonly tags?: readonly string[] | undefined;
  /**
   * Of an index, copies only the manifest for the client's `platform`, which then has another digest. Default: false, the
   * index and all that it lists.
   */
  readonly onePlatform?: boolean | undefined;
  /** Lets tags mean this that mean something else now. Default: false. */
  readonly force?: boolean | undefined;
  /** Stops the call; it then throws ABORTED. */
  readonly signal?: AbortSignal | undefined;
}

/** What stands at the other place now. */
export interface CopiedArtifact {
  /** `HOST/REPOSITORY@DIGEST`, which means this artifact for ever. */
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
 * Copies an artifact to a registry: from a registry, an image layout or the cache, by digest the same. Blobs stream from one
 * to the other; within one registry they are mounted. What is there is not sent, so that a copy which was interrupted is
 * repeated to go on; tags come last.
 * @throws {DistError} INVALID_INPUT, INVALID_REFERENCE, TAG_EXISTS, OFFLINE, SIZE_MISMATCH, DIGEST_MISMATCH; and what
 * resolving throws and registries answer
 */
export async function copy(
  context: PullContext,
  from: string,
  to: string,
  { tags = [], onePlatform = false, force = false, signal }: CopyOptions,
): Promise<CopiedArtifact> {
  const { settings, network, retrier } = context;
  const { name, tenant, isPinned } = repositoryToWrite(to, settings.bases);
  const reference = printable(to);
  if (network === undefined) throw offlinePush(reference);
  const source = mapReference(parseReference(from, { pathExists: existsSync }), settings);
  const copyResolved = async ({ text }: Pull, resolution: Resolution): Promise<CopiedArtifact> => {
    if (resolution.kind !== "manifest") throw noManifest(text);
    const { load } = resolution;
    const { platforms, onEvent } = settings;
    const root = onePlatform ? await walkIndex(resolution.root, { platforms, load }) : resolution.root;
    const { digest } = root;
    if (name.digest !== undefined && name.digest !== digest)
      throw otherDigest(reference, name.digest, digest);
    const allTags = [...new Set([...(isPinned || name.tag === undefined ? [] : [name.tag]), ...tags])];
    const writer = await network.writer(name);
    const changed = await tagsToWrite(writer, name, {
      tags: allTags,
      digest,
      force,
      reference,
      tenant,
      signal,
    });
    const repository = source.kind === "oci" ? source.name : undefined;
    const images = createResolvedImages(resolution, { repository, retrier });
    const target = createRegistryTarget(writer, name, { reference, tenant });
    const copied = await copyImage(images, target, { root, tags: changed, reference, onEvent, signal });
    return { ...copied, reference: printOciName({ ...name, tag: undefined, digest }), tags: allTags };
  };
  return reporting(context, source, signal, (call) => ask(call, copyResolved));
}

function noManifest(reference: string): DistError<"INVALID_INPUT"> {
  return new DistError(
    "INVALID_INPUT",
    `\`${reference}\` is a file without a manifest`,
    { reference },
    { hint: "publish it with `greentic-dist push`, which makes one" },
  );
}
