import { join } from "node:path";
import { viewNames } from "../cache/index.ts";
import type { Digest } from "../core/index.ts";
import type { ContentResolution } from "../sources/index.ts";
import { bringBlob } from "./fetch-blob.ts";
import type { CachedArtifact } from "./cached-artifact.ts";
import type { Pull } from "./pull-context.ts";
import { showArtifact } from "./show-artifact.ts";

/** Brings bytes that have no manifest into the cache. */
export async function pullContent(call: Pull, resolution: ContentResolution): Promise<CachedArtifact> {
  try {
    const { digest } = resolution;
    const fileName = digest === undefined ? undefined : await findShown(call, digest);
    if (digest !== undefined && fileName !== undefined) return contentArtifact(call, digest, fileName, false);
    const { open, mediaType } = resolution;
    const { signal } = call;
    const { blob, fetched } = await bringBlob(call, [], {
      ...resolution,
      open: () => open(signal),
      signal,
    });
    await showArtifact(call, {
      content: blob,
      fileName: viewNames.component,
      mediaType,
      manifestDigest: undefined,
      componentManifest: undefined,
    });
    return contentArtifact(call, blob.digest, viewNames.component, fetched);
  } finally {
    resolution.discard();
  }
}

/** The name under which the content's own folder shows it; an artifact may be a component manifest alone. */
async function findShown({ cache }: Pull, content: Digest): Promise<string | undefined> {
  for (const fileName of [viewNames.component, viewNames.componentManifest]) {
    if (await cache.shows(content, { content, fileName, componentManifest: undefined })) return fileName;
  }
  return undefined;
}

function contentArtifact(
  { cache, reference }: Pull,
  digest: Digest,
  fileName: string,
  fetched: boolean,
): CachedArtifact {
  return {
    reference: reference.text,
    digest,
    contentDigest: digest,
    manifestDigest: undefined,
    cachePath: join(cache.folderOf(digest), fileName),
    fetched,
  };
}
