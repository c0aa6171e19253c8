import {
  type Digest,
  isDistError,
  printable,
  type Reference,
  relatedTo,
  throwIfAborted,
} from "../core/index.ts";
import type { Resolution } from "../sources/index.ts";
import type { PulledArtifact, ResolvedReference } from "./cached-artifact.ts";
import { noteMeaning } from "./note-meaning.ts";
import { pullManifest } from "./pull-manifest.ts";
import { pullContent } from "./pull-content.ts";
import type { Pull, PullContext } from "./pull-context.ts";

/** Finds out what a reference means, without its artifact; only a web address must be read for that. */
export async function resolve(
  context: PullContext,
  reference: Reference,
  signal: AbortSignal | undefined,
): Promise<ResolvedReference> {
  return reporting(context, reference, signal, async (call) => {
    const resolution = await ask(call);
    const digest = await digestOf(call, resolution);
    await noteMeaning(context, resolution, digest);
    return { reference: reference.text, digest };
  });
}

async function digestOf(call: Pull, resolution: Resolution): Promise<Digest> {
  if (resolution.kind === "manifest") return resolution.root.digest;
  const isFile = call.reference.kind === "file" || call.reference.kind === "fixture";
  if (isFile && resolution.digest !== undefined) return resolution.digest;
  return (await pullContent(call, resolution)).digest;
}

/** Brings what a reference means into the cache, unless it is there, and shows it to other programs. */
export async function pull(
  context: PullContext,
  reference: Reference,
  signal: AbortSignal | undefined,
): Promise<PulledArtifact> {
  return reporting(context, reference, signal, async (call) => {
    const resolution = await ask(call);
    const artifact =
      resolution.kind === "manifest"
        ? await pullManifest(call, resolution)
        : await pullContent(call, resolution);
    await noteMeaning(context, resolution, artifact.digest);
    const { digest, cachePath: path, fetched } = artifact;
    context.settings.onEvent({ event: "cached", reference: call.text, digest, path, fetched });
    return artifact;
  });
}

/** Runs one call, and says so when it fails. */
async function reporting<T>(
  context: PullContext,
  reference: Reference,
  signal: AbortSignal | undefined,
  work: (call: Pull) => Promise<T>,
): Promise<T> {
  const text = printable(reference.text);
  try {
    throwIfAborted(signal);
    return await work({ ...context, reference, text, signal });
  } catch (error) {
    if (!isDistError(error)) throw error;
    const related = relatedTo(error, text);
    const { code, message } = related;
    context.settings.onEvent({ event: "failed", reference: text, code, message });
    throw related;
  }
}

async function ask({ source, settings: { onEvent }, reference, text, signal }: Pull): Promise<Resolution> {
  onEvent({ event: "resolving", reference: text });
  const resolution = await source.resolve(reference, { signal, onEvent });
  const digest = resolution.kind === "manifest" ? resolution.root.digest : resolution.digest;
  if (digest !== undefined) onEvent({ event: "resolved", reference: text, digest });
  return resolution;
}
