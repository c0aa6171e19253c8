/**
 * Where artifacts come from: registries, web addresses, files and the cache, behind one port. Says what a reference
 * means and hands out bytes; verifies and keeps nothing of an artifact itself.
 * @module
 */
export { canonicalOf } from "./canonical.ts";
export type {
  ContentResolution,
  ManifestResolution,
  Note,
  Resolution,
  ResolveOptions,
  Source,
} from "./source.ts";
export type { RegistryBases } from "./mapped.ts";
export { createSources, mapReference, type Network, type SourcesOptions } from "./sources.ts";
