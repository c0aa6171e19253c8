import { type Cache, createCache, withSpare, withTiers } from "../cache/index.ts";
import { printable, type WarningCode } from "../core/index.ts";
import type { Settings } from "./settings/settings.ts";

/**
 * The cache that a client works with: its own, those that it looks into before the network, and one in a temporary
 * folder for what the first cannot keep because it cannot be written.
 */
export function openCache(settings: Settings): Cache {
  const { cacheDir: root, cacheFrom, temporaryDir, now, onEvent, onTrace } = settings;
  const warn = (code: WarningCode, message: string): void =>
    onEvent({ event: "warning", code, message, reference: undefined });
  const tiers = (roots: readonly string[]) => ({
    roots,
    now,
    onFault: (message: string) => warn("CACHE_FROM_SKIPPED", message),
    onTaken: (path: string, digest: string) => onTrace?.(`took ${digest} over from ${printable(path)}`),
  });
  const onNetwork = (): void =>
    warn(
      "CACHE_ON_NETWORK",
      `the cache in ${printable(root)} lies on a network file system: downloads are not shared, and it is not swept by itself`,
    );
  const own = createCache({ root, now, onNetwork });
  const cache = withSpare(own, async () => {
    const { openSpareRoot } = await import("./settings/spare-root.ts");
    const spare = await openSpareRoot(temporaryDir(), own.root);
    if (spare === undefined) return undefined;
    warn(
      "CACHE_NOT_WRITABLE",
      `the cache in ${printable(own.root)} cannot be written: what it does not hold is kept in ${printable(spare)}`,
    );
    return withTiers(createCache({ root: spare, now }), tiers([own.root]));
  });
  return cacheFrom.length === 0 ? cache : withTiers(cache, tiers(cacheFrom));
}
