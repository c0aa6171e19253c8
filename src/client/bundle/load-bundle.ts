import type { Blob, Cache } from "../../cache/index.ts";
import { type Descriptor, DistError, type OnEvent, printable } from "../../core/index.ts";
import { archiveEntries, nameOf, type OnRead, type StreamedFile, streamLayout } from "../../layout/index.ts";
import type { ByteSource } from "../../verify/index.ts";
import type { PullContext } from "../pull/pull-context.ts";
import { replaceFile } from "../files/replace-file.ts";
import { artifactTypeOf, bundleTypes } from "./bundle-media-types.ts";
import { type LoadedArtifact, showEntry } from "./show-entry.ts";
import { type StagedBundle, stageBundle } from "./stage-bundle.ts";

export type { LoadedArtifact } from "./show-entry.ts";

/** Where a bundle comes from, and what is done with it. */
export interface LoadBundleOptions {
  /** The path of an archive, compressed or not, or of a folder; or the bytes of an archive. */
  readonly input: string | ByteSource;
  /** What messages and events call it. Default: its path; of bytes `-`. */
  readonly name?: string | undefined;
  /** Where the lockfile is written that is in the bundle. Default: it is not. */
  readonly lockOutput?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Brings everything in a bundle into the cache: as if each artifact had been pulled by its name. All of it is verified
 * before anything is visible.
 * @throws {DistError} NOT_FOUND, INVALID_INPUT, UNUSABLE_ARTIFACT, DIGEST_MISMATCH, SIZE_MISMATCH, MEDIA_TYPE_MISMATCH: the
 * cache is as it was then
 */
export async function loadBundle(
  context: PullContext,
  { lockOutput, signal, ...from }: LoadBundleOptions,
): Promise<readonly LoadedArtifact[]> {
  const { cache, settings } = context;
  const { path, files } = openInput(from, settings.onEvent);
  await using lease = await cache.lease([]);
  await using staging = await cache.stage();
  const bundle = await stageBundle(context, files, { path, staging, lease, signal });
  const lock = lockOutput === undefined ? undefined : await lockOf(bundle, path);
  // In the store they are kept by the lease, until they are shown.
  await lease.add(bundle.digests);
  const published = await staging.publish(bundle.staged);
  const loading = { ...context, cache: knowing(cache, published) };
  const loaded: LoadedArtifact[] = [];
  for (const entry of bundle.index.manifests) {
    const artifact = await showEntry(loading, bundle, entry, signal);
    if (artifact !== undefined) loaded.push(artifact);
  }
  if (lockOutput !== undefined && lock !== undefined) await replaceFile(lockOutput, lock);
  return loaded;
}

/** The files of a bundle, and how messages name it. */
export function openInput(
  { input, name = typeof input === "string" ? input : "-" }: Pick<LoadBundleOptions, "input" | "name">,
  onEvent: OnEvent,
): {
  readonly path: string;
  readonly files: AsyncIterable<StreamedFile>;
} {
  const bundle = printable(name);
  const onRead: OnRead = (bytes, totalBytes) => onEvent({ event: "loading", bundle, bytes, totalBytes });
  const files = typeof input === "string" ? streamLayout(input, onRead) : archiveEntries(input, name, onRead);
  return { path: name, files };
}

/** A cache that need not look again at what was published just now. */
function knowing(cache: Cache, published: readonly Blob[]): Cache {
  const known = new Map(published.map((blob) => [blob.digest, blob]));
  return {
    ...cache,
    locate: async (digest, alsoUnder) => known.get(digest) ?? cache.locate(digest, alsoUnder),
  };
}

/** The bytes of the lockfile in a bundle; see {@link findLock}. */
export async function lockOf(bundle: StagedBundle, path: string): Promise<Uint8Array> {
  const { digest } = await findLock(bundle, path);
  const chunks: Buffer[] = [];
  for await (const chunk of bundle.openBlob(digest)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/**
 * The lockfile in a bundle.
 * @throws {DistError} INVALID_INPUT when there is none, or more than one
 */
export async function findLock(
  { index, readManifest }: Pick<StagedBundle, "index" | "readManifest">,
  path: string,
): Promise<Descriptor> {
  const layers: Descriptor[] = [];
  for (const entry of index.manifests) {
    if (nameOf(entry) !== undefined) continue;
    const document = await readManifest(entry.digest);
    const { manifest } = document;
    if (manifest.kind === "image" && artifactTypeOf(document) === bundleTypes.lock)
      layers.push(...manifest.layers);
  }
  const [layer, ...others] = layers;
  if (layer === undefined || others.length > 0) {
    const shown = printable(path);
    const message = `\`${shown}\` has ${layers.length === 0 ? "no lockfile" : "several lockfiles"} in it`;
    const hint = "`greentic-dist save --lock FILE` puts one in; leave --lock-out out to load the rest";
    throw new DistError("INVALID_INPUT", message, { path: shown }, { hint });
  }
  return layer;
}
