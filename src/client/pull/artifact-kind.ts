import { viewNames } from "../../cache/index.ts";
import {
  componentLayers,
  type Descriptor,
  isComponentManifest,
  type LayerRank,
  ofType,
  packLayers,
} from "../../core/index.ts";
import type { CacheKind } from "../settings/cache-root.ts";

/** What makes a pull one of a component or of a pack; everything else is the same. */
export interface ArtifactKind {
  /** Which cache holds it. */
  readonly cache: CacheKind;
  /** Which layer of a manifest it is. */
  readonly layers: readonly LayerRank[];
  /** Which layer of a manifest goes with it, as `component.manifest.json`. */
  readonly isCompanion: LayerRank;
  /** The name of its file. */
  readonly fileName: string;
  /** Whether a pin may be the digest of the artifact itself, and not of its manifest. */
  readonly pinsBlobs: boolean;
}

/** Components: `component.wasm`, and the component manifest beside it. */
export const componentKind: ArtifactKind = {
  cache: "components",
  layers: componentLayers,
  isCompanion: isComponentManifest,
  fileName: viewNames.component,
  pinsBlobs: false,
};

/** Layers of further media types, best first, that a caller takes for packs. */
export interface PackLayerTypes {
  /** Rather than any of the known types. Default: none. */
  readonly preferredLayerMediaTypes?: readonly string[] | undefined;
  /** Where there is no layer of a known type. Default: none. */
  readonly acceptedLayerMediaTypes?: readonly string[] | undefined;
}

/** Packs: `pack.gtpack`, whatever archive that is. */
export function packKind({
  preferredLayerMediaTypes: preferred = [],
  acceptedLayerMediaTypes: accepted = [],
}: PackLayerTypes): ArtifactKind {
  return {
    cache: "packs",
    layers: [...ranksOf(preferred), ...packLayers, ...ranksOf(accepted)],
    isCompanion: () => false,
    fileName: viewNames.pack,
    pinsBlobs: false,
  };
}

function ranksOf(types: readonly string[]): readonly LayerRank[] {
  return types.map((type) => ofType(type));
}

/** Anything that is found by the digest of its bytes: `blob.bin`. */
export const blobKind: ArtifactKind = {
  cache: "digests",
  layers: componentLayers,
  isCompanion: () => false,
  fileName: viewNames.blob,
  pinsBlobs: true,
};

/** The file name under which other programs look for a layer: a component may be a component manifest alone. */
export function fileNameOf(kind: ArtifactKind, layer: Descriptor): string {
  return kind.isCompanion(layer) ? viewNames.componentManifest : kind.fileName;
}
