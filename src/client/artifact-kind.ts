import { viewNames } from "../cache/index.ts";
import {
  componentLayers,
  type Descriptor,
  isComponentManifest,
  type LayerRank,
  packLayers,
} from "../core/index.ts";
import type { CacheKind } from "./cache-root.ts";

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
}

/** Components: `component.wasm`, and the component manifest beside it. */
export const componentKind: ArtifactKind = {
  cache: "components",
  layers: componentLayers,
  isCompanion: isComponentManifest,
  fileName: viewNames.component,
};

/** Packs: `pack.gtpack`, whatever archive that is. */
export const packKind: ArtifactKind = {
  cache: "packs",
  layers: packLayers,
  isCompanion: () => false,
  fileName: viewNames.pack,
};

/** The file name under which other programs look for a layer: a component may be a component manifest alone. */
export function fileNameOf(kind: ArtifactKind, layer: Descriptor): string {
  return kind.isCompanion(layer) ? viewNames.componentManifest : kind.fileName;
}
