import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { ArtifactClient } from "../artifact-client.ts";
import { componentKind } from "../pull/artifact-kind.ts";
import type { LockedArtifact } from "../lock/lock-failure.ts";
import { pullLock } from "../lock/pull-lock.ts";
import { sourceDate } from "../settings/source-date.ts";
import { type DistClientOptions, resolveSettings } from "../settings/settings.ts";
import type { SettleOptions } from "../settle-all.ts";

/** How a cache is warmed. */
export interface WarmOptions extends SettleOptions {
  /** The root of the cache that is made, or added to. */
  readonly to: string;
}

/**
 * Brings every artifact of a lockfile into a cache that can be copied anywhere, as into an image. What the client's own
 * cache has is taken from there.
 * @throws {DistError} what pulling a lockfile throws; INVALID_CONFIG for a `SOURCE_DATE_EPOCH` that is no time
 */
export async function warm(
  options: DistClientOptions,
  path: string,
  { to, ...settle }: WarmOptions,
): Promise<readonly LockedArtifact[]> {
  const atSeconds = sourceDate(options.env ?? process.env);
  const { cacheDir: own, cacheFrom } = resolveSettings(options);
  const isApart = resolve(own) !== resolve(to) && existsSync(own);
  await using client = new ArtifactClient(componentKind, {
    ...options,
    cacheDir: to,
    cacheFrom: isApart ? [own, ...cacheFrom] : cacheFrom,
    // What the lock names is to be there in the end, however much that is.
    cacheMaxBytes: Number.MAX_SAFE_INTEGER,
  });
  await client.cache.makePublic();
  const pulled = await pullLock(client.context, path, settle);
  await client.cache.seal({ atSeconds });
  return pulled;
}
