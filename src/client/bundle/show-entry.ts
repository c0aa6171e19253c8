import {
  type Descriptor,
  type Digest,
  isDistError,
  type ManifestDocument,
  type OciName,
  parseOciName,
  printOciName,
  type Reference,
  subjectOf,
  walkIndex,
} from "../../core/index.ts";
import { nameOf } from "../../layout/index.ts";
import type { Note, Resolution } from "../../sources/index.ts";
import { layersOf } from "../pull/artifact-layers.ts";
import { noteMeaning } from "../pull/note-meaning.ts";
import { pull } from "../pull/pull.ts";
import type { PullContext } from "../pull/pull-context.ts";
import { addressKey, artifactTypeOf, bundleTypes } from "./bundle-media-types.ts";
import type { StagedBundle } from "./stage-bundle.ts";

/** Something out of a bundle that is in the cache now. */
export interface LoadedArtifact {
  /** What it is called in the bundle. */
  readonly name: string | undefined;
  /** Of its manifest or index, or of the content where it has none of its own. */
  readonly digest: Digest;
  /** The verified file. `undefined` for what is no component, and can only be found by its digests. */
  readonly cachePath: string | undefined;
}

/** What an entry of a bundle was before it was saved, and what that meant. */
interface Meant {
  readonly reference: Reference;
  readonly resolution: Resolution;
}

/**
 * Shows an artifact whose blobs are in the cache, as a pull of its reference does. `undefined` for what is not one by
 * itself: a lockfile, or what refers to another one.
 */
export async function showEntry(
  context: PullContext,
  bundle: StagedBundle,
  entry: Descriptor,
  signal: AbortSignal | undefined,
): Promise<LoadedArtifact | undefined> {
  const root = await bundle.readManifest(entry.digest);
  const name = nameOf(entry);
  const type = artifactTypeOf(root);
  if (type === bundleTypes.lock || (name === undefined && subjectOf(root) !== undefined)) return undefined;
  const meant = type === bundleTypes.content ? contentOf(root, entry) : undefined;
  const { reference, resolution } = meant ?? imageOf(bundle, root, name);
  if (meant === undefined && !(await isArtifact(context, bundle, root))) {
    await noteMeaning(context, resolution, root.digest);
    return { name, digest: root.digest, cachePath: undefined };
  }
  const source = { resolve: () => Promise.resolve(resolution) };
  const { digest, cachePath } = await pull({ ...context, source }, reference, signal);
  return { name, digest, cachePath };
}

function imageOf({ readManifest }: StagedBundle, root: ManifestDocument, name: string | undefined): Meant {
  const known = ociNameOf(name);
  const { digest } = root;
  const reference: Reference =
    known === undefined
      ? { kind: "digest", text: digest, digest }
      : { kind: "oci", text: `oci://${name}`, name: known };
  const note: Note | undefined =
    known === undefined || known.digest !== undefined || name === undefined
      ? undefined
      : { canonical: name, shown: name, etag: undefined };
  const load = ({ digest: of }: Pick<Descriptor, "digest">): Promise<ManifestDocument> => readManifest(of);
  return { reference, resolution: { kind: "manifest", root, load, open: isHere, note } };
}

/** Where in a registry something belongs by its name in a bundle. One that is only a tag, as other tools give them, does not say it. */
export function ociNameOf(name: string | undefined): OciName | undefined {
  const parsed = name === undefined ? undefined : parseOciName(name);
  return parsed !== undefined && printOciName(parsed) === name ? parsed : undefined;
}

/** What was wrapped to be saved; `undefined` for what only looks like it. */
function contentOf({ manifest }: ManifestDocument, { annotations }: Descriptor): Meant | undefined {
  const [layer, ...others] = manifest.kind === "image" ? manifest.layers : [];
  if (layer === undefined || others.length > 0) return undefined;
  const { digest, size, mediaType } = layer;
  const address = annotations.get(addressKey) ?? "";
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isBare =
    url?.href === address && /^https?:/.test(address) && url.search === "" && url.username === "";
  const note = isBare ? { canonical: address, shown: address, etag: undefined } : undefined;
  const reference: Reference =
    url !== undefined && isBare
      ? { kind: "https", text: address, url }
      : { kind: "digest", text: digest, digest };
  return {
    reference,
    resolution: { kind: "content", digest, size, mediaType, open: isHere, discard: () => undefined, note },
  };
}

/** Nothing is opened: every blob was published before. */
function isHere(): Promise<never> {
  return Promise.reject(new TypeError("a blob of a bundle is gone from the cache"));
}

/** Whether a manifest has one layer that is the artifact, so that it can be shown. */
async function isArtifact(
  { settings: { platforms }, kind }: PullContext,
  { readManifest }: StagedBundle,
  root: ManifestDocument,
): Promise<boolean> {
  try {
    const image = await walkIndex(root, { platforms, load: ({ digest }) => readManifest(digest) });
    const { candidates, companion } = layersOf(image.manifest, kind);
    return candidates.length === 1 || companion !== undefined;
  } catch (error) {
    if (isDistError(error, "UNUSABLE_ARTIFACT")) return false;
    throw error;
  }
}
