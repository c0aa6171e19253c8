import { type Digest, printable, printOciName } from "../../core/index.ts";
import type { PartialBytes } from "../../http/index.ts";
import { copyImage } from "../images/copy-image.ts";
import { createRegistryTarget } from "../images/registry-target.ts";
import type { PullContext } from "../pull/pull-context.ts";
import { sourceDate } from "../settings/source-date.ts";
import { buildImage } from "./build-image.ts";
import { checkTags } from "./check-tags.ts";
import { chooseLayers, type FilesToPush } from "./choose-layers.ts";
import { offlinePush } from "./offline-push.ts";
import { otherDigest } from "./other-digest.ts";
import { repositoryToWrite } from "./repository-to-write.ts";
import { tagsToWrite } from "./tags-to-write.ts";

/** What is pushed beside the file, and how. */
export interface PushOptions extends FilesToPush {
  /** More tags than the one of the reference. Default: none. */
  readonly tags?: readonly string[] | undefined;
  /** Annotations of the manifest, as `org.opencontainers.image.source`. Default: none. */
  readonly annotations?: ReadonlyMap<string, string> | undefined;
  /** Lets tags mean this that mean something else now. Default: false. */
  readonly force?: boolean | undefined;
  /** Sends nothing, and asks nobody. Default: false. */
  readonly dryRun?: boolean | undefined;
  /** Stops the call; it then throws ABORTED. */
  readonly signal?: AbortSignal | undefined;
}

/** What stands in the registry now. */
export interface PushedArtifact {
  /** `HOST/REPOSITORY@DIGEST`, which means this artifact for ever. */
  readonly reference: string;
  /** Of the manifest. */
  readonly digest: Digest;
  /** Of the artifact's own bytes. */
  readonly contentDigest: Digest;
  /** Of the artifact's layer. */
  readonly mediaType: string;
  /** All that mean it now, as far as this call knows. */
  readonly tags: readonly string[];
  /** Whether anything had to be written. */
  readonly pushed: boolean;
}

/**
 * Publishes a component or a pack. The same files and options make the same digest. What the registry has is not sent
 * again, so that a push which was interrupted is repeated to go on; tags come last.
 * @throws {DistError} INVALID_INPUT, INVALID_REFERENCE, TAG_EXISTS, OFFLINE, DIGEST_MISMATCH when a file changes meanwhile;
 * and what registries answer
 */
export async function push(
  context: PullContext,
  path: string,
  target: string,
  { tags = [], annotations = new Map(), force = false, dryRun = false, signal, ...files }: PushOptions,
): Promise<PushedArtifact> {
  const { settings, network } = context;
  const { name, tenant, isPinned } = repositoryToWrite(target, settings.bases, order);
  const allTags = [...new Set([...(isPinned || name.tag === undefined ? [] : [name.tag]), ...tags])];
  checkTags(allTags);
  const { layers, wasm } = await chooseLayers(context, path, files, signal);
  const createdSeconds = sourceDate(settings.configSearch.env) ?? 0;
  const image = buildImage({ layers: layers.map(([layer]) => layer), wasm, annotations, createdSeconds });
  const { document } = image;
  const { digest } = document;
  if (name.digest !== undefined && name.digest !== digest)
    throw otherDigest(printable(target), name.digest, digest);
  const [artifact] = layers;
  if (artifact === undefined) throw new TypeError("an artifact has a layer");
  const [{ digest: contentDigest, mediaType }] = artifact;
  const result = {
    reference: printOciName({ ...name, tag: undefined, digest }),
    digest,
    contentDigest,
    mediaType,
    tags: allTags,
  };
  if (dryRun) return { ...result, pushed: false };
  const reference = printable(target);
  if (network === undefined) throw offlinePush(reference);
  const writer = await network.writer(name);
  const changed = await tagsToWrite(writer, name, {
    tags: allTags,
    digest,
    force,
    reference,
    tenant,
    signal,
  });
  const contents = new Map(layers.map(([layer, file]) => [layer.digest, file.open]));
  const openBlob = async (blob: { readonly digest: Digest }): Promise<PartialBytes> =>
    contents.get(blob.digest)?.() ?? once(image.configBytes);
  const source = { readManifest: () => Promise.resolve(document), openBlob };
  const { onEvent } = settings;
  const copied = await copyImage(source, createRegistryTarget(writer, name, { reference, tenant }), {
    root: document,
    tags: changed,
    lanes: context.lanes,
    reference,
    onEvent,
    signal,
  });
  return { ...result, pushed: copied.bytes > 0 || changed.length > 0 };
}

const order = "the file comes first, and then where it goes";

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes;
}
