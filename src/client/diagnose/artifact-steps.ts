import {
  describeLayer,
  type Descriptor,
  type DistError,
  type ImageManifest,
  type ManifestDocument,
  printable,
  printPlatform,
  walkIndex,
  whyBest,
} from "../../core/index.ts";
import type { ManifestResolution } from "../../sources/index.ts";
import { chooseLayer, layersOf } from "../pull/artifact-layers.ts";
import { fileNameOf } from "../pull/artifact-kind.ts";
import type { Pull } from "../pull/pull-context.ts";
import {
  type DiagnosisStep,
  failedStep,
  okStep,
  outcomeOf,
  skippedStep,
  type StepDetails,
} from "./diagnosis.ts";

/** What is known of an artifact when its manifests were read. */
export interface DescribedLayer {
  readonly image: ManifestDocument<ImageManifest>;
  readonly layer: Descriptor;
  /** The component manifest that goes with it. */
  readonly companion: Descriptor | undefined;
  readonly fileName: string;
}

const ways: Readonly<Record<StepDetails["manifest"]["found"], string>> = {
  fetched: "fetched just now",
  confirmed: "held in the cache; the registry says that the tag still means it",
  held: "held in the cache; no request is needed",
  read: "read from the layout",
};

/** The manifest or index that a reference leads to. */
export function manifestStep(
  { digest, bytes, manifest: { mediaType } }: ManifestDocument,
  found: StepDetails["manifest"]["found"],
): DiagnosisStep {
  const sizeBytes = bytes.length;
  return okStep("manifest", digest, { digest, mediaType, sizeBytes, found }, [
    `${printable(mediaType)}, ${sizeBytes} bytes`,
    ways[found],
  ]);
}

/** Walks from a manifest to the layer that is the artifact, as a pull does. */
export async function describeArtifact(
  call: Pull,
  { root, load }: ManifestResolution,
): Promise<{
  readonly steps: readonly DiagnosisStep[];
  readonly found: DescribedLayer | undefined;
  readonly error?: DistError | undefined;
}> {
  const { platforms } = call.settings;
  const entries: Descriptor[] = [];
  const walked = await outcomeOf(() =>
    walkIndex(root, {
      platforms,
      load: (entry) => {
        entries.push(entry);
        return load(entry);
      },
    }),
  );
  if (walked.error !== undefined) {
    return { steps: [failedStep("platform", walked.error)], found: undefined, error: walked.error };
  }
  const image = walked.value;
  const steps: DiagnosisStep[] = [platformStep(root, image, entries)];
  const chosen = await outcomeOf(() => chooseArtifact(call, image));
  if (chosen.error !== undefined) {
    return { steps: [...steps, failedStep("layer", chosen.error)], found: undefined, error: chosen.error };
  }
  const { found, step } = chosen.value;
  return { steps: [...steps, step], found };
}

function platformStep(
  root: ManifestDocument,
  image: ManifestDocument,
  taken: readonly Descriptor[],
): DiagnosisStep {
  if (root.manifest.kind === "image") return skippedStep("platform", "one manifest for all: it is no index");
  const entries = root.manifest.manifests.map(({ platform, digest }) =>
    platform === undefined ? digest : printable(printPlatform(platform)),
  );
  const { platform: last } = taken.at(-1) ?? {};
  const platform = last === undefined ? undefined : printable(printPlatform(last));
  const details = { digest: image.digest, mediaType: image.manifest.mediaType, platform, entries };
  const summary = `${platform ?? "the entry"} of ${entries.join(", ")}`;
  return okStep("platform", summary, details, [image.digest]);
}

async function chooseArtifact(
  call: Pull,
  image: ManifestDocument<ImageManifest>,
): Promise<{ readonly step: DiagnosisStep; readonly found: DescribedLayer | undefined }> {
  const { candidates, companion } = layersOf(image.manifest, call.kind);
  const [first, ...others] = candidates;
  if (first !== undefined && others.length > 0 && companion !== undefined) {
    const details = {
      digest: undefined,
      mediaType: first.mediaType,
      sizeBytes: undefined,
      why: "the component manifest, which a pull downloads, names it",
      companion: companion.digest,
    };
    const summary = `one of ${candidates.length}: ${details.why}`;
    return { step: okStep("layer", summary, details, candidates.map(describeLayer)), found: undefined };
  }
  const layer =
    first !== undefined && others.length === 0 ? first : await chooseLayer(call, candidates, undefined);
  const { digest, mediaType, size: sizeBytes } = layer;
  const why = whyBest(layer, call.kind.layers);
  const step = okStep(
    "layer",
    `${printable(mediaType)}, ${sizeBytes} bytes`,
    { digest, mediaType, sizeBytes, why, companion: companion?.digest },
    [
      digest,
      `chosen because ${why}`,
      ...(companion === undefined ? [] : [`with ${describeLayer(companion)}`]),
    ],
  );
  return { step, found: { image, layer, companion, fileName: fileNameOf(call.kind, layer) } };
}
