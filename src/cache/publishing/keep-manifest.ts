import { type DistError, isDistError, limits, type ManifestDocument } from "../../core/index.ts";
import type { ByteSource } from "../../verify/index.ts";
import type { Cache } from "../cache.ts";

/**
 * Puts a manifest into a cache. Where that cannot be written, the manifest is good all the same: returns what stood in
 * the way.
 * @throws {DistError} ABORTED
 */
export async function keepManifest(
  cache: Cache,
  { digest, bytes }: ManifestDocument,
  reference: string,
  signal: AbortSignal | undefined,
): Promise<DistError | undefined> {
  try {
    const expected = { reference, digest, size: bytes.length, maxBytes: limits.manifestBytes };
    await cache.publish(once(bytes), expected, { signal });
  } catch (error) {
    if (!isDistError(error, "IO") && !isDistError(error, "DISK_FULL")) throw error;
    return error;
  }
  return undefined;
}

async function* once(bytes: Uint8Array): ByteSource {
  yield bytes;
}
