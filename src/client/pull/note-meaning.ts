import { type Digest, isDistError } from "../../core/index.ts";
import type { Resolution } from "../../sources/index.ts";
import { type PullContext, warn } from "./pull-context.ts";

/** Notes what a reference means, for the next time and for offline. Where that cannot be written, it is only said. */
export async function noteMeaning(
  { cache, settings }: PullContext,
  resolution: Resolution,
  digest: Digest,
): Promise<void> {
  if (resolution.note === undefined) return;
  const { canonical, shown, etag } = resolution.note;
  const mediaType =
    resolution.kind === "manifest" ? resolution.root.manifest.mediaType : resolution.mediaType;
  try {
    await cache.note(canonical, shown, { digest, mediaType, etag, seenAt: settings.now() });
  } catch (error) {
    if (!isDistError(error, "IO") && !isDistError(error, "DISK_FULL")) throw error;
    warn(settings, "CACHE_NOT_WRITABLE", error.message, shown);
  }
}
