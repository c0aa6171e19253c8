import {
  type Digest,
  isDistError,
  printable,
  type Reference,
  relatedTo,
  throwIfAborted,
} from "../../core/index.ts";
import { withIoErrors } from "../../cache/index.ts";
import type { LockPins } from "../../lockfile/index.ts";
import type { Resolution } from "../../sources/index.ts";
import type { PulledArtifact, ResolvedReference } from "../cached-artifact.ts";
import { ask } from "./ask.ts";
import { findBlob } from "./bring-blob.ts";
import { noteMeaning } from "./note-meaning.ts";
import { pullManifest } from "./pull-manifest.ts";
import { pullContent } from "./pull-content.ts";
import { isRemote, type Pull, type PullContext } from "./pull-context.ts";
import { sweepAfterPull } from "./sweep-after-pull.ts";

/** Finds out what a reference means, without its artifact; only a web address must be read for that. */
export async function resolve(
  context: PullContext,
  reference: Reference,
  signal: AbortSignal | undefined,
): Promise<ResolvedReference> {
  return reporting(context, reference, signal, async (call) => {
    return ask(call, async (asked, resolution) => {
      const digest = await digestOf(asked, resolution);
      await noteMeaning(context, resolution, digest);
      return { reference: reference.text, digest };
    });
  });
}

/** The digest that a reference was found to mean; a web address must be read for that. */
export async function digestOf(call: Pull, resolution: Resolution): Promise<Digest> {
  if (resolution.kind === "manifest") return resolution.root.digest;
  const isFile = call.reference.kind === "file" || call.reference.kind === "fixture";
  if (isFile && resolution.digest !== undefined) return resolution.digest;
  return (await pullContent(call, resolution)).digest;
}

/**
 * Brings what a reference means into the cache, unless it is there, and shows it to other programs. What a lock pins
 * is taken from the cache without asking anyone, and anything else is refused before it is brought there.
 */
export async function pull(
  context: PullContext,
  reference: Reference,
  signal: AbortSignal | undefined,
  pins: LockPins = {},
): Promise<PulledArtifact> {
  return reporting(context, reference, signal, async (unpinned) => {
    const call = { ...unpinned, pins };
    const artifact = (await pullHeld(call)) ?? (await pullAnew(call));
    const { digest, cachePath: path, fetched } = artifact;
    context.settings.onEvent({ event: "cached", reference: call.text, digest, path, fetched });
    if (fetched) await sweepAfterPull(context);
    return artifact;
  });
}

async function pullAnew(call: Pull): Promise<PulledArtifact> {
  return ask(call, async (asked, resolution) => {
    const artifact = await bring(asked, resolution);
    await noteMeaning(asked, resolution, artifact.digest);
    return artifact;
  });
}

/** What the cache holds under a pin. A file is looked at all the same: it may have changed. */
async function pullHeld(call: Pull): Promise<PulledArtifact | undefined> {
  const { reference, source, signal, settings, pins } = call;
  const digest = pins.digest ?? pins.contentDigest;
  if (digest === undefined || !isRemote(reference)) return undefined;
  try {
    const held = { kind: "digest", text: reference.text, digest } as const;
    const resolution = await source.resolve(held, { signal, onEvent: settings.onEvent });
    if (resolution.kind === "manifest") return await bring(call, resolution);
    // What is not here at all may be a manifest as well as a content: it is asked for before pins are compared.
    const found = await findBlob(call, digest);
    if (found === undefined) return undefined;
    const artifact = await bring(call, resolution);
    return { ...artifact, fetched: artifact.fetched || found.fetched };
  } catch (error) {
    if (isDistError(error, "NOT_CACHED")) return undefined;
    throw error;
  }
}

async function bring(call: Pull, resolution: Resolution): Promise<PulledArtifact> {
  return resolution.kind === "manifest" ? pullManifest(call, resolution) : pullContent(call, resolution);
}

/** Runs one call, and says so when it fails. */
export async function reporting<T>(
  context: PullContext,
  reference: Reference,
  signal: AbortSignal | undefined,
  work: (call: Pull) => Promise<T>,
): Promise<T> {
  const text = printable(reference.text);
  try {
    throwIfAborted(signal);
    // What is let go of at the end may be refused too.
    return await withIoErrors(context.cache.root, () =>
      work({ ...context, reference, text, signal, pins: {} }),
    );
  } catch (error) {
    if (!isDistError(error)) throw error;
    const related = relatedTo(error, text);
    const { code, message } = related;
    context.settings.onEvent({ event: "failed", reference: text, code, message });
    throw related;
  }
}
