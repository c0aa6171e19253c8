import { join } from "node:path";
import type { Digest, Reference } from "../../core/index.ts";
import { canonicalOf } from "../../sources/index.ts";
import type { PullContext } from "../pull/pull-context.ts";
import { findShownContent } from "../pull/pull-content.ts";
import type { DescribedLayer } from "./artifact-steps.ts";
import { okStep, outcomeOf, failedStep, type DiagnosisStep } from "./diagnosis.ts";

/** What the cache has of a reference. Nothing is written for that but when a file was last used. */
export async function cacheStep(
  context: PullContext,
  reference: Reference,
  { found, content }: { readonly found?: DescribedLayer | undefined; readonly content?: Digest | undefined },
): Promise<DiagnosisStep> {
  const outcome = await outcomeOf(() => lookUp(context, reference, found, content));
  return outcome.error === undefined ? outcome.value : failedStep("cache", outcome.error);
}

async function lookUp(
  context: PullContext,
  reference: Reference,
  found: DescribedLayer | undefined,
  content: Digest | undefined,
): Promise<DiagnosisStep> {
  const { cache, settings } = context;
  const isNoted =
    reference.kind === "https" || (reference.kind === "oci" && reference.name.digest === undefined);
  const meaning = isNoted ? await cache.recall(canonicalOf(reference)) : undefined;
  const lastMeant = meaning && { digest: meaning.digest, seenAt: new Date(meaning.seenAt).toISOString() };
  const path =
    found === undefined
      ? await contentPath(context, content ?? meaning?.digest)
      : await shownPath(context, found);
  const isHeld = path !== undefined;
  const { cacheFrom: from, offline } = settings;
  const summary = isHeld ? `held at ${path}` : `not held${coldPull(reference, found, offline)}`;
  const notes = [
    ...(isHeld ? [warmPull(reference, offline)] : []),
    ...(lastMeant === undefined ? [] : [`last meant ${lastMeant.digest}, seen ${lastMeant.seenAt}`]),
    ...(from.length === 0 || isHeld ? [] : [`looked into first: ${from.join(", ")}`]),
  ];
  return okStep("cache", summary, { root: cache.root, from, isHeld, path, lastMeant }, notes);
}

function coldPull(reference: Reference, found: DescribedLayer | undefined, offline: boolean): string {
  if (reference.kind === "file") return ": a pull copies it there";
  if (reference.kind === "layout") return ": a pull copies it there";
  return found === undefined || offline ? "" : `: a pull downloads ${found.layer.size} bytes`;
}

function warmPull(reference: Reference, offline: boolean): string {
  const isFixed =
    reference.kind === "digest" || (reference.kind === "oci" && reference.name.digest !== undefined);
  if (reference.kind === "file") return "a pull reads the file and prints this path";
  if (reference.kind === "layout") return "a pull reads the layout and prints this path";
  if (isFixed || offline) return "a pull prints this path without a request";
  return reference.kind === "oci"
    ? "a pull asks by HEAD whether the tag still means it, and downloads nothing"
    : "a pull asks whether it changed, and downloads nothing when it did not";
}

/** Where a manifest's artifact is shown, whole. */
async function shownPath(
  { cache }: PullContext,
  { image, layer, companion, fileName }: DescribedLayer,
): Promise<string | undefined> {
  const view = { content: layer.digest, fileName, componentManifest: companion?.digest };
  return (await cache.shows(image.digest, view)) ? join(cache.folderOf(image.digest), fileName) : undefined;
}

/** Where bytes that have no manifest are shown. */
async function contentPath(context: PullContext, content: Digest | undefined): Promise<string | undefined> {
  if (content === undefined) return undefined;
  const fileName = await findShownContent(context, content);
  return fileName === undefined ? undefined : join(context.cache.folderOf(content), fileName);
}
