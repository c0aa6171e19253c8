import { pathOf, viewNames } from "../../cache/index.ts";
import { type Digest, DistError } from "../../core/index.ts";
import type { ContentResolution } from "../../sources/index.ts";
import { bringBlob } from "./bring-blob.ts";
import type { PulledArtifact } from "../cached-artifact.ts";
import { mismatchOf } from "./pins.ts";
import type { Pull, PullContext } from "./pull-context.ts";
import { leaseFor } from "./shared-lease.ts";
import { showArtifact } from "./show-artifact.ts";

/** Brings bytes that have no manifest into the cache. */
export async function pullContent(call: Pull, resolution: ContentResolution): Promise<PulledArtifact> {
  try {
    const { pins } = call;
    const { digest = pins.contentDigest ?? pins.digest } = resolution;
    const mismatch = digest === undefined ? undefined : mismatchOf(call, [], digest);
    if (mismatch !== undefined) throw mismatch;
    const fileName = digest === undefined ? undefined : await findShownContent(call, digest);
    const { open, mediaType } = resolution;
    if (digest !== undefined && fileName !== undefined) {
      return contentArtifact(call, { digest, fileName, mediaType, fetched: false });
    }
    const { signal, kind } = call;
    // What is here must not be swept away before it is shown.
    await using lease = await leaseFor(call, digest === undefined ? [] : [digest]);
    const request = { ...resolution, address: resolution.note?.canonical, digest, open, signal, lease };
    const { blob, fetched } = await bringBlob(call, [], request);
    if (call.reference.kind === "digest") await refuseManifest(call, blob.digest);
    await showArtifact(call, {
      content: blob,
      fileName: kind.fileName,
      mediaType,
      manifestDigest: undefined,
      componentManifest: undefined,
    });
    return contentArtifact(call, { digest: blob.digest, fileName: kind.fileName, mediaType, fetched });
  } finally {
    resolution.discard();
  }
}

/**
 * Refuses to show a manifest as if it were content: another process brought it after it was found that there is none.
 * @throws {DistError} NOT_CACHED
 */
async function refuseManifest({ cache, text }: Pull, digest: Digest): Promise<void> {
  if ((await cache.readManifest(digest)) === undefined) return;
  throw new DistError(
    "NOT_CACHED",
    `reference \`${text}\` is not cached`,
    { reference: text },
    { hint: "another process has just begun to bring it; try again" },
  );
}

/** The name under which the content's own folder shows it; an artifact may be a component manifest alone. */
export async function findShownContent(
  { cache, kind }: PullContext,
  content: Digest,
): Promise<string | undefined> {
  for (const fileName of [kind.fileName, viewNames.componentManifest]) {
    if (await cache.shows(content, { content, fileName, componentManifest: undefined })) return fileName;
  }
  return undefined;
}

interface Content {
  readonly digest: Digest;
  readonly fileName: string;
  readonly mediaType: string;
  readonly fetched: boolean;
}

function contentArtifact(
  { cache, reference }: Pull,
  { digest, fileName, mediaType, fetched }: Content,
): PulledArtifact {
  return {
    reference: reference.text,
    digest,
    contentDigest: digest,
    manifestDigest: undefined,
    cachePath: pathOf(cache.folderOf(digest), fileName),
    fetched,
    mediaType,
  };
}
