import { type Blob, viewNames } from "../cache/index.ts";
import {
  bestLayers,
  componentLayers,
  describeLayer,
  type Descriptor,
  DistError,
  type ImageManifest,
  isComponentManifest,
  titleOf,
} from "../core/index.ts";
import type { Pull } from "./pull-context.ts";

/** The layers of a manifest that make up a component. */
export interface ComponentLayers {
  /** The component, or several that are equally good. */
  readonly candidates: readonly Descriptor[];
  /** The `component.manifest.json` that goes with it. */
  readonly companion: Descriptor | undefined;
}

/**
 * Finds the layers of a component.
 * @throws {DistError} UNUSABLE_ARTIFACT when there is none
 */
export function componentLayersOf(manifest: ImageManifest): ComponentLayers {
  const candidates = bestLayers(manifest, componentLayers);
  const companion = manifest.layers.find(
    (layer) => isComponentManifest(layer) && !candidates.some(({ digest }) => digest === layer.digest),
  );
  return { candidates, companion };
}

/**
 * The one of several candidates that the component manifest names.
 * @throws {DistError} UNUSABLE_ARTIFACT when it names none of them
 */
export async function chooseLayer(
  { text: reference }: Pull,
  candidates: readonly Descriptor[],
  componentManifest: Blob | undefined,
): Promise<Descriptor> {
  const { readComponentManifest } = await import("./component-manifest.ts");
  const { wasm } = await readComponentManifest(componentManifest);
  const [layer, ...others] = candidates.filter(
    (candidate) => wasm !== undefined && titleOf(candidate) === wasm,
  );
  if (layer !== undefined && others.length === 0) return layer;
  const list = candidates.map(describeLayer);
  throw new DistError(
    "UNUSABLE_ARTIFACT",
    `\`${reference}\` has ${candidates.length} equally good layers: ${list.join("; ")}`,
    { reference, candidates: list },
    { hint: "publish the component as the only Wasm layer, or name its layer in the component manifest" },
  );
}

/** The file name under which other programs look for a layer. */
export function fileNameOf(layer: Descriptor): string {
  return isComponentManifest(layer) ? viewNames.componentManifest : viewNames.component;
}
