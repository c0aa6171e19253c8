import { pathOf } from "../../cache/index.ts";
import { type Descriptor, type Digest, walkIndex } from "../../core/index.ts";
import type { ManifestResolution } from "../../sources/index.ts";
import { type ArtifactLayers, chooseLayer, layersOf } from "./artifact-layers.ts";
import { fileNameOf } from "./artifact-kind.ts";
import { bringBlob } from "./bring-blob.ts";
import { leaseFor } from "./shared-lease.ts";
import { showArtifact, wasmNameOf } from "./show-artifact.ts";
import type { PulledArtifact } from "../cached-artifact.ts";
import { mismatchOf } from "./pins.ts";
import type { Pull } from "./pull-context.ts";
import type { BroughtBlob } from "./single-flight.ts";
import { together } from "./together.ts";

/** A layer of a manifest that is in the cache, and whether bytes had to be brought there for it. */
interface Brought {
  readonly layer: Descriptor;
  readonly fetched: boolean;
}

/** Brings the artifact that a manifest, or an index, describes into the cache. */
export async function pullManifest(call: Pull, resolution: ManifestResolution): Promise<PulledArtifact> {
  const { root, load } = resolution;
  const image = await walkIndex(root, { platforms: call.settings.platforms, load });
  const layers = pinnedLayers(call, [root.digest, image.digest], layersOf(image.manifest, call.kind));
  const { layer, fetched } =
    (await findShown(call, image.digest, layers)) ??
    (await bringLayers(call, resolution, image.digest, layers));
  return {
    reference: call.reference.text,
    digest: root.digest,
    contentDigest: layer.digest,
    manifestDigest: image.digest,
    cachePath: pathOf(call.cache.folderOf(image.digest), fileNameOf(call.kind, layer)),
    fetched,
    mediaType: layer.mediaType,
  };
}

/**
 * The layers that a lock allows.
 * @throws {DistError} DIGEST_MISMATCH when it allows none
 */
function pinnedLayers(call: Pull, manifests: readonly Digest[], layers: ArtifactLayers): ArtifactLayers {
  const mismatches = layers.candidates.map(({ digest }) => mismatchOf(call, manifests, digest));
  const candidates = layers.candidates.filter((_, i) => mismatches[i] === undefined);
  const [mismatch] = mismatches;
  if (candidates.length === 0 && mismatch !== undefined) throw mismatch;
  return { ...layers, candidates };
}

/** The candidate that the cache shows already, in the manifest's folder and in its own. */
async function findShown(
  call: Pull,
  manifest: Digest,
  { candidates, companion }: ArtifactLayers,
): Promise<Brought | undefined> {
  const { cache, settings } = call;
  for (const layer of candidates) {
    const own = {
      content: layer.digest,
      fileName: fileNameOf(call.kind, layer),
      componentManifest: undefined,
    };
    const whole = { ...own, componentManifest: companion?.digest };
    if ((await cache.shows(manifest, whole)) && (await cache.shows(layer.digest, own))) {
      if (settings.strict) await checkShown(call, manifest, layer, companion);
      return { layer, fetched: false };
    }
  }
  return undefined;
}

/** Says again what there is to say about an artifact that was brought by a call less strict. */
async function checkShown(
  call: Pull,
  manifest: Digest,
  layer: Descriptor,
  companion: Descriptor | undefined,
): Promise<void> {
  if (companion === undefined) return;
  const [content, described] = await Promise.all(
    [layer, companion].map(({ digest }) => call.cache.locate(digest, [manifest])),
  );
  if (content !== undefined && described !== undefined) await wasmNameOf(call, described, content);
}

async function bringLayers(
  call: Pull,
  { open }: ManifestResolution,
  manifestDigest: Digest,
  { candidates, companion }: ArtifactLayers,
): Promise<Brought> {
  const digests = [...candidates, ...(companion === undefined ? [] : [companion])].map(
    ({ digest }) => digest,
  );
  // What is here already must not be swept away before it is shown with the rest.
  await using lease = await leaseFor(call, [manifestDigest, ...digests]);
  const bring = (layer: Descriptor, signal: AbortSignal | undefined): Promise<BroughtBlob> =>
    bringBlob(call, [manifestDigest], {
      ...layer,
      open: (stop, rest) => open(layer, stop, rest),
      signal,
      lease,
    });
  const [only, ...others] = candidates;
  const certain = others.length === 0 ? only : undefined;
  const wanted = [certain, companion].filter((layer) => layer !== undefined);
  const blobs = await together(call.signal, (signal) => wanted.map((layer) => bring(layer, signal)));
  const described = blobs.find(({ blob }) => blob.digest === companion?.digest);
  const layer = certain ?? (await chooseLayer(call, candidates, described?.blob));
  const content = blobs.find(({ blob }) => blob.digest === layer.digest) ?? (await bring(layer, call.signal));
  await showArtifact(call, {
    content: content.blob,
    fileName: fileNameOf(call.kind, layer),
    mediaType: layer.mediaType,
    manifestDigest,
    componentManifest: described?.blob,
  });
  return { layer, fetched: content.fetched || described?.fetched === true };
}
