import type { Blob } from "../../cache/index.ts";
import { bareAddress, type Digest } from "../../core/index.ts";
import type { Pull } from "./pull-context.ts";

/** An artifact whose blobs are in the cache. */
export interface CompleteArtifact {
  readonly content: Blob;
  readonly fileName: string;
  readonly mediaType: string;
  readonly manifestDigest: Digest | undefined;
  readonly componentManifest: Blob | undefined;
}

/** Shows an artifact to other programs, with what they need to know of it. */
export async function showArtifact(call: Pull, artifact: CompleteArtifact): Promise<void> {
  const { content, fileName, mediaType, manifestDigest, componentManifest } = artifact;
  const wasmName =
    componentManifest === undefined ? undefined : await wasmNameOf(call, componentManifest, content);
  await call.cache.show({
    content: content.digest,
    fileName,
    componentManifest: componentManifest?.digest,
    wasmName,
    metadata: {
      originalReference: originalReference(call),
      resolvedDigest: manifestDigest ?? content.digest,
      mediaType,
      fetchedAtUnixSeconds: Math.floor(call.settings.now() / 1000),
      sizeBytes: content.size,
      manifestDigest,
      manifestWasmName: wasmName,
      contentDigest: content.digest,
    },
  });
}

/** The second name of a component, by the component manifest that goes with it; says what is wrong with that. */
export async function wasmNameOf(
  call: Pull,
  componentManifest: Blob,
  content: Blob,
): Promise<string | undefined> {
  const { checkComponentManifest } = await import("./component-manifest.ts");
  return checkComponentManifest(call, componentManifest, content);
}

/** The reference as it is written down. */
function originalReference({ reference }: Pull): string {
  return reference.kind === "https" ? bareAddress(reference.url) : reference.text;
}
