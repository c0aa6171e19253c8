import { type Cache, createCache, withTiers } from "../cache/index.ts";
import { printable } from "../core/index.ts";
import type { Settings } from "./settings.ts";

/** The cache that a client works with: its own, and those that it looks into before the network. */
export function openCache({ cacheDir: root, cacheFrom, now, onEvent, onTrace }: Settings): Cache {
  const cache = createCache({ root, now });
  if (cacheFrom.length === 0) return cache;
  return withTiers(cache, {
    roots: cacheFrom,
    now,
    onFault: (message) =>
      onEvent({ event: "warning", code: "CACHE_FROM_SKIPPED", message, reference: undefined }),
    onTaken: (path, digest) => onTrace?.(`took ${digest} over from ${printable(path)}`),
  });
}
