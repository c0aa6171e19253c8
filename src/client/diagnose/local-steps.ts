import { DistError, type ReferenceOf } from "../../core/index.ts";
import type { Pull } from "../pull/pull-context.ts";
import { cacheStep } from "./cache-step.ts";
import { describeArtifact, manifestStep } from "./artifact-steps.ts";
import {
  type Diagnosis,
  type DiagnosisStep,
  failedStep,
  okStep,
  outcomeOf,
  upToFailure,
} from "./diagnosis.ts";

/** What needs no network: a file, an image layout, or a digest that the cache holds. */
type LocalReference = ReferenceOf<"file"> | ReferenceOf<"layout"> | ReferenceOf<"digest">;

/** The steps of a {@link LocalReference}. */
export async function localSteps(
  call: Pull,
  reference: LocalReference,
): Promise<Pick<Diagnosis, "steps" | "failure">> {
  const { source, signal } = call;
  const resolved = await outcomeOf(() => source.resolve(reference, { signal, onEvent: () => undefined }));
  if (resolved.error !== undefined) {
    const { error } = resolved;
    return { steps: [failedStep(whereFound[reference.kind], error)], failure: error };
  }
  const resolution = resolved.value;
  if (resolution.kind === "manifest") {
    const { steps, found, error } = await describeArtifact(call, resolution);
    const manifest = manifestStep(resolution.root, reference.kind === "layout" ? "read" : "held");
    if (error !== undefined) return { steps: [manifest, ...steps], failure: error };
    return missing(call, [manifest, ...steps, await cacheStep(call, reference, { found })], reference);
  }
  const { digest, size: sizeBytes } = resolution;
  const steps: DiagnosisStep[] =
    reference.kind === "file" && digest !== undefined
      ? [okStep("file", `${digest}, ${sizeBytes} bytes`, { digest, sizeBytes })]
      : [];
  steps.push(await cacheStep(call, reference, { content: digest }));
  return missing(call, steps, reference);
}

/** The step in which it turns out that there is nothing. */
const whereFound = { file: "file", layout: "manifest", digest: "cache" } as const;

/** What is not held under a digest cannot be had from anywhere. */
function missing(
  { text }: Pull,
  steps: readonly DiagnosisStep[],
  reference: LocalReference,
): Pick<Diagnosis, "steps" | "failure"> {
  const last = steps.at(-1);
  if (reference.kind !== "digest" || last?.name !== "cache" || last.details?.isHeld === true) {
    return { steps, failure: undefined };
  }
  const hint =
    "pull the artifact by its registry reference first; `greentic-dist cache ls` shows what is here";
  const error = new DistError(
    "NOT_CACHED",
    `reference \`${text}\` is not cached`,
    { reference: text },
    { hint },
  );
  return { steps: upToFailure(steps, "cache", error), failure: error };
}
