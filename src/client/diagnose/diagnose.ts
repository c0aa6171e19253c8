import { existsSync } from "node:fs";
import { parseReference, printable, type Reference, throwIfAborted } from "../../core/index.ts";
import { mapReference } from "../../sources/index.ts";
import { refuseTag } from "../artifact-client.ts";
import type { Pull, PullContext } from "../pull/pull-context.ts";
import { SingleFlight } from "../pull/single-flight.ts";
import {
  type Diagnosis,
  type DiagnosisStep,
  failedStep,
  outcomeOf,
  skippedStep,
  type StepName,
} from "./diagnosis.ts";
import { localSteps } from "./local-steps.ts";
import { remoteSteps } from "./remote-steps.ts";
import { mappingStep, referenceStep } from "./reference-steps.ts";
import { withoutWrites } from "./without-writes.ts";

const connection = ["proxy", "dns", "tcp", "tls"] as const;
const access = ["ping", "challenge", "credentials", "token"] as const;
const artifact = ["manifest", "platform", "layer"] as const;

/** The steps of each kind of reference, in the order in which a pull does them. */
const plans: Readonly<Record<"digest" | "file" | "layout" | "oci" | "https", readonly StepName[]>> = {
  digest: [...artifact, "cache"],
  file: ["file", "cache"],
  layout: [...artifact, "cache"],
  oci: ["config", "mirrors", ...connection, ...access, ...artifact, "cache", "retries"],
  https: ["config", ...connection, "answer", "cache", "retries"],
};

/**
 * Finds out what a pull of `text` would do, with its own parts and on its own ways, but brings nothing into the cache
 * and downloads nothing but manifests.
 * @throws {DistError} ABORTED. Everything else is what it finds out
 */
export async function diagnose(
  context: PullContext,
  text: string,
  signal: AbortSignal | undefined,
): Promise<Diagnosis> {
  throwIfAborted(signal);
  const shown = printable(text);
  const parsed = await outcomeOf(() => {
    const reference = parseReference(text, { pathExists: existsSync });
    refuseTag(context.settings, reference);
    return reference;
  });
  if (parsed.error !== undefined) {
    return { reference: shown, steps: [failedStep("reference", parsed.error)], failure: parsed.error };
  }
  const steps: DiagnosisStep[] = [referenceStep(parsed.value)];
  const mapped = await outcomeOf(() => mapReference(parsed.value, context.settings));
  if (mapped.error !== undefined) {
    return {
      reference: shown,
      steps: [...steps, failedStep("mapping", mapped.error)],
      failure: mapped.error,
    };
  }
  const reference = mapped.value;
  if (reference !== parsed.value) steps.push(mappingStep(reference));
  const found = await examine(context, reference, signal);
  return { reference: shown, steps: [...steps, ...found.steps], failure: found.failure };
}

async function examine(
  context: PullContext,
  reference: Exclude<Reference, { kind: "mapped" | "fixture" }>,
  signal: AbortSignal | undefined,
): Promise<Pick<Diagnosis, "steps" | "failure">> {
  const call: Pull = {
    ...context,
    cache: withoutWrites(context.cache),
    flights: new SingleFlight(),
    reference,
    text: printable(reference.text),
    signal,
    pins: {},
  };
  const isRemote = reference.kind === "oci" || reference.kind === "https";
  const found = await (isRemote ? remoteSteps(call, reference) : localSteps(call, reference));
  const plan = plans[reference.kind];
  const failed = found.steps.find(({ status }) => status === "failed")?.name;
  const end = failed === undefined ? plan.length : plan.indexOf(failed === "tunnel" ? "tcp" : failed);
  const steps = plan.flatMap((name, i): readonly DiagnosisStep[] => {
    const of = found.steps.filter((step) => step.name === name || (name === "tls" && step.name === "tunnel"));
    return of.length > 0 || i <= end ? of : [skippedStep(name, "not reached")];
  });
  return { steps, failure: found.failure };
}
