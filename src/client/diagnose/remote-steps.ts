import { type DistError, type ReferenceOf } from "../../core/index.ts";
import type { Ping } from "../../registry/index.ts";
import { createSources, type Resolution } from "../../sources/index.ts";
import type { MirrorPlan } from "../mirrors/mirror.ts";
import type { ClosableNetwork } from "../network/network.ts";
import type { Pull } from "../pull/pull-context.ts";
import { accessSteps, notARegistry } from "./access-steps.ts";
import { describeArtifact, manifestStep } from "./artifact-steps.ts";
import { cacheStep } from "./cache-step.ts";
import { connectionSteps, noConnection } from "./connection-steps.ts";
import {
  type Diagnosis,
  type DiagnosisStep,
  failedStep,
  outcomeOf,
  skippedStep,
  type StepName,
  upToFailure,
} from "./diagnosis.ts";
import { dialOf, stepOfFailure } from "./step-of-failure.ts";
import { listedLogins } from "./listed-logins.ts";
import { type Observations, openObservedNetwork } from "./observed-network.ts";
import { answerStep, configStep, mirrorsStep, retriesStep } from "./server-steps.ts";

type RemoteReference = ReferenceOf<"oci"> | ReferenceOf<"https">;

/** The steps of what lies elsewhere: in a registry, or at a web address. */
export async function remoteSteps(
  call: Pull,
  reference: RemoteReference,
): Promise<Pick<Diagnosis, "steps" | "failure">> {
  const { settings } = call;
  if (settings.offline) return offlineSteps(call, reference);
  const { network, seen } = openObservedNetwork(settings);
  try {
    const read = await outcomeOf(() => network.allowPlainHttp());
    const config = await configStep(settings);
    if (read.error !== undefined) {
      return { steps: upToFailure([config], "config", read.error), failure: read.error };
    }
    const { steps, failure } = await askedSteps(call, reference, network, seen);
    return { steps: [config, ...steps, retriesStep(settings, seen)], failure };
  } finally {
    await network.close();
  }
}

async function offlineSteps(
  call: Pull,
  reference: RemoteReference,
): Promise<Pick<Diagnosis, "steps" | "failure">> {
  const offline = "offline: nobody is asked";
  const isOci = reference.kind === "oci";
  const access: readonly StepName[] = ["ping", "challenge", "credentials", "token"];
  const steps: DiagnosisStep[] = [
    await configStep(call.settings),
    ...(isOci ? [skippedStep("mirrors", offline)] : []),
    ...noConnection(offline),
    ...(isOci ? access.map((name) => skippedStep(name, offline)) : []),
  ];
  const { resolution, failure, described } = await resolveHere(call, reference);
  if (resolution === undefined || failure !== undefined) {
    const failed = failure === undefined ? [] : [failedStep(isOci ? "manifest" : "answer", failure)];
    return { steps: [...steps, ...failed, await cacheStep(call, reference, {})], failure };
  }
  if (resolution.kind === "manifest") steps.push(manifestStep(resolution.root, "held"));
  else steps.push(skippedStep("answer", offline));
  const { found } = described ?? {};
  return {
    steps: [...steps, ...(described?.steps ?? []), await cacheStep(call, reference, { found })],
    failure,
  };
}

/** What a reference means, and the artifact that it leads to. */
interface Resolved {
  readonly resolution: Resolution | undefined;
  readonly described: Awaited<ReturnType<typeof describeArtifact>> | undefined;
  readonly failure: DistError | undefined;
}

async function resolveHere(
  call: Pull,
  reference: RemoteReference,
  network?: ClosableNetwork,
): Promise<Resolved> {
  const { bases, fixtureDir } = call.settings;
  const { cache, kind, signal } = call;
  const source = createSources({ cache, network, bases, fixtureDir, pinsBlobs: kind.pinsBlobs });
  const { value: resolution, error } = await outcomeOf(() =>
    source.resolve(reference, { signal, onEvent: () => undefined }),
  );
  if (resolution?.kind === "content") resolution.discard();
  const described = resolution?.kind === "manifest" ? await describeArtifact(call, resolution) : undefined;
  return { resolution, described, failure: error ?? described?.error };
}

async function askedSteps(
  call: Pull,
  reference: RemoteReference,
  network: ClosableNetwork,
  seen: Observations,
): Promise<Pick<Diagnosis, "steps" | "failure">> {
  const planned = await planOf(reference, network);
  if (planned.error !== undefined) {
    return { steps: [failedStep("mirrors", planned.error)], failure: planned.error };
  }
  const { resolution, described, failure: refused } = await resolveHere(call, reference, network);
  // Offline the same cache may still have what a network in trouble does not give.
  const held = refused === undefined ? described : (await resolveHere(call, reference)).described;
  const cache = await cacheStep(call, reference, { found: held?.found, content: contentOf(resolution) });
  const isHeld = cache.name === "cache" && cache.details?.isHeld === true;
  const asked = await pingOf(call, reference, network, seen, !isHeld && refused === undefined);
  const access = seen.access.at(-1);
  const { plan } = planned;
  const dial = dialOf(seen);
  const steps: readonly DiagnosisStep[] = [
    ...(plan === undefined ? [] : [mirrorsStep(plan, seen)]),
    ...(dial === undefined ? noConnection(nobodyDialed(call, refused)) : connectionSteps(dial)),
    ...(reference.kind === "https"
      ? [answerStep(resolution)]
      : accessSteps({ ping: asked.ping, access, logins: await listedLogins(call, reference, access) })),
    ...manifestSteps(resolution, seen),
    ...(described?.steps ?? []),
  ];
  const failure = refused ?? asked.error;
  if (failure === undefined || described?.error !== undefined) return { steps: [...steps, cache], failure };
  const at = stepOfFailure(failure, reference, { seen, plan, ping: asked.ping, access });
  const cause = at === "ping" && asked.ping !== undefined ? notARegistry(asked.ping, failure) : failure;
  return { steps: [...upToFailure(steps, at, cause), cache], failure: cause };
}

async function planOf(
  reference: RemoteReference,
  network: ClosableNetwork,
): Promise<{ readonly plan: MirrorPlan | undefined; readonly error?: DistError | undefined }> {
  if (reference.kind !== "oci") return { plan: undefined };
  const { value, error } = await outcomeOf(() => network.mirrorsFor(reference.name));
  return { plan: value, error };
}

function contentOf(resolution: Resolution | undefined) {
  return resolution?.kind === "content" ? resolution.digest : undefined;
}

/** Asks a registry whether it is one, unless it cannot be reached or a pull would have nothing to ask it for. */
async function pingOf(
  { signal }: Pull,
  reference: RemoteReference,
  network: ClosableNetwork,
  seen: Observations,
  isNeeded: boolean,
): Promise<{ readonly ping: Ping | undefined; readonly error?: DistError | undefined }> {
  const isReached = (dialOf(seen)?.phase ?? "done") === "done";
  const isAsked = seen.answers.length > 0;
  if (reference.kind !== "oci" || !isReached || (!isAsked && !isNeeded)) return { ping: undefined };
  const registry = await network.registry();
  const { value, error } = await outcomeOf(async () => registry.ping?.(reference.name, { signal }));
  // A pull does not ask this: where it was answered otherwise, it does not matter.
  return { ping: value, error: isAsked ? undefined : error };
}

/** Why there was no connection that could be looked at. */
function nobodyDialed({ settings }: Pull, failure: DistError | undefined): string {
  if (settings.registry !== undefined) return "the registry client that was given does not say";
  if (settings.fetch !== undefined) return "the `fetch` that was given does not say";
  return failure === undefined ? "not needed: the cache holds it" : "not reached";
}

function manifestSteps(
  resolution: Resolution | undefined,
  { answers }: Observations,
): readonly DiagnosisStep[] {
  if (resolution?.kind !== "manifest") return [];
  const about = answers.filter(({ url, status }) => url.pathname.includes("/manifests/") && status === 200);
  const isFetched = about.some(({ method }) => method === "GET");
  return [manifestStep(resolution.root, isFetched ? "fetched" : about.length > 0 ? "confirmed" : "held")];
}
