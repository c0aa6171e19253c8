/**
 * A folder as a distributor and a registry, for laptops, tests and workshops. Loads what serves HTTP only when
 * something is served. Knows nothing of the command line.
 * @module
 */
export type { ServedArtifact } from "./catalog/scan.ts";
export { DevDistributorSource, type DevDistributorSourceOptions } from "./dev-distributor-source.ts";
export { createRegistry, type RegistryHandler } from "./registry/create-registry.ts";
export type { Referrer, RegistryContent, RegistryItem } from "./registry/content.ts";
