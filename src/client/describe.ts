import { type Digest, type Reference, walkIndex } from "../core/index.ts";
import { layersOf } from "./pull/artifact-layers.ts";
import { ask } from "./pull/ask.ts";
import type { ResolvedReference } from "./cached-artifact.ts";
import { noteMeaning } from "./pull/note-meaning.ts";
import { digestOf, reporting } from "./pull/pull.ts";
import type { PullContext } from "./pull/pull-context.ts";

/** An artifact as its manifest describes it. What only its bytes could tell is `undefined`. */
export interface DescribedArtifact extends ResolvedReference {
  readonly contentDigest: Digest | undefined;
  readonly manifestDigest: Digest | undefined;
  readonly mediaType: string | undefined;
  /** Of the artifact's own bytes. */
  readonly sizeBytes: number | undefined;
}

/** Finds out what an artifact is; of one in a registry only manifests are read. */
export async function describe(
  context: PullContext,
  reference: Reference,
  signal: AbortSignal | undefined,
): Promise<DescribedArtifact> {
  return reporting(context, reference, signal, async (call) => {
    const { resolution, digest } = await ask(call, async (asked, found) => {
      const meant = await digestOf(asked, found);
      await noteMeaning(context, found, meant);
      return { resolution: found, digest: meant };
    });
    const { text } = reference;
    if (resolution.kind === "content") {
      const { mediaType, size: sizeBytes } = resolution;
      return {
        reference: text,
        digest,
        contentDigest: digest,
        manifestDigest: undefined,
        mediaType,
        sizeBytes,
      };
    }
    const { platforms } = context.settings;
    const image = await walkIndex(resolution.root, { platforms, load: resolution.load });
    const [only, ...others] = layersOf(image.manifest, context.kind).candidates;
    const layer = others.length === 0 ? only : undefined;
    return {
      reference: text,
      digest,
      contentDigest: layer?.digest,
      manifestDigest: image.digest,
      mediaType: layer?.mediaType,
      sizeBytes: layer?.size,
    };
  });
}
