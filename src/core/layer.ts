import type { Descriptor } from "./descriptor.ts";
import { DistError } from "./errors.ts";
import { type ImageManifest, titleOf } from "./manifest.ts";
import { mediaTypes } from "./media-type.ts";
import { printable } from "./printable.ts";

/** Whether a layer is of one rank. A list of ranks, best first, says which layer of a manifest is the artifact. */
export type LayerRank = (layer: Descriptor) => boolean;

/** The rank of layers that are declared to be of one of these media types. */
export const ofType =
  (...types: readonly string[]): LayerRank =>
  ({ mediaType }) =>
    types.includes(mediaType);

const isComponentManifestType = ofType(
  mediaTypes.componentManifest,
  "application/vnd.greentic.component.manifest.v1+json",
);

/** Layers that are no artifact while there is anything else. */
const isFiller = ofType(mediaTypes.markdown, mediaTypes.ociEmpty);

/** Which layer of a manifest is the component. */
export const componentLayers: readonly LayerRank[] = [
  ofType("application/vnd.wasm.component.v1+wasm"),
  ofType("application/vnd.module.wasm.content.layer.v1+wasm"),
  ofType("application/vnd.greentic.wasm.component"),
  ofType(mediaTypes.wasm),
  ofType("application/wasm+component"),
  ofType("application/vnd.wasm.content.layer.v1+wasm"),
  ofType("application/vnd.bytecodealliance.wasm.component.layer.v0+wasm"),
  (layer) => titleOf(layer)?.endsWith(".wasm") === true,
  isComponentManifestType,
  ofType(mediaTypes.octetStream),
];

/** Which layer of a manifest is the pack. */
export const packLayers: readonly LayerRank[] = [
  ofType("application/vnd.greentic.pack+json"),
  ofType("application/vnd.greentic.gtpack.v1+zip"),
  ofType("application/vnd.greentic.gtpack+zip"),
  ofType("application/vnd.greentic.pack+zip"),
  ofType("application/vnd.greentic.gtpack.layer.v1+tar"),
  ({ mediaType }) => /^application\/vnd\.greentic\..+\+(?:zip|tar|tar\+gzip|tar\+zstd)$/.test(mediaType),
  ofType(
    "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.oci.image.layer.v1.tar+zstd",
  ),
  ofType(mediaTypes.octetStream),
  ofType("application/json"),
];

/** Whether a layer is the `component.manifest.json` that goes with a component. */
export const isComponentManifest: LayerRank = (layer) =>
  isComponentManifestType(layer) || titleOf(layer) === "component.manifest.json";

/**
 * The layers of the best rank that has any, or else the only layer there is. More than one means that they are
 * equally good.
 * @throws {DistError} UNUSABLE_ARTIFACT when no layer fits, with what there is
 */
export function bestLayers(manifest: ImageManifest, ranks: readonly LayerRank[]): readonly Descriptor[] {
  const distinct = [...new Map(manifest.layers.map((layer) => [layer.digest, layer])).values()];
  for (const rank of ranks) {
    const layers = distinct.filter((layer) => rank(layer));
    if (layers.length > 0) return layers;
  }
  const [only, ...others] = distinct.length === 1 ? distinct : distinct.filter((layer) => !isFiller(layer));
  if (only !== undefined && others.length === 0) return [only];
  const candidates = distinct.map(describeLayer);
  throw new DistError(
    "UNUSABLE_ARTIFACT",
    `no layer of the manifest can be used: it has ${candidates.join("; ") || "none"}`,
    { candidates },
  );
}

/** Why {@link bestLayers} takes a layer, to be read after "because". */
export function whyBest(layer: Descriptor, ranks: readonly LayerRank[]): string {
  const rank = ranks.find((one) => one(layer));
  if (rank === undefined) return "it is the only layer there is";
  const isByType = rank({ ...layer, annotations: new Map() });
  return isByType ? "of the layers here its media type ranks first" : "its title says so";
}

/** One line about a layer, for errors that list several. */
export function describeLayer(layer: Descriptor): string {
  const title = titleOf(layer);
  const name = title === undefined ? "" : ` "${printable(title)}"`;
  return `${printable(layer.mediaType)}${name} ${layer.digest} (${layer.size} bytes)`;
}
