import type { Blob } from "../../cache/index.ts";
import {
  bestLayers,
  describeLayer,
  type Descriptor,
  DistError,
  type ImageManifest,
  titleOf,
} from "../../core/index.ts";
import type { ArtifactKind } from "./artifact-kind.ts";
import type { Pull } from "./pull-context.ts";

/** The layers of a manifest that make up an artifact. */
export interface ArtifactLayers {
  /** The artifact, or several that are equally good. */
  readonly candidates: readonly Descriptor[];
  /** The `component.manifest.json` that goes with it. */
  readonly companion: Descriptor | undefined;
}

/**
 * Finds the layers of an artifact.
 * @throws {DistError} UNUSABLE_ARTIFACT when there is none
 */
export function layersOf(manifest: ImageManifest, kind: ArtifactKind): ArtifactLayers {
  const candidates = bestLayers(manifest, kind.layers);
  const companion = manifest.layers.find(
    (layer) => kind.isCompanion(layer) && !candidates.some(({ digest }) => digest === layer.digest),
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
    {
      hint: "publish the artifact as the only layer of its type, or name its layer in the component manifest",
    },
  );
}
