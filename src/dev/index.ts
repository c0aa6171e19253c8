/**
 * A folder as a distributor and a registry, for laptops, tests and workshops. Loads what serves HTTP only when
 * something is served. Knows nothing of the command line.
 * @module greentic-dist/dev
 */
export type { ServedArtifact } from "./catalog/scan.ts";
export { DevDistributorSource, type DevDistributorSourceOptions } from "./dev-distributor-source.ts";
export { createDevDistributor, type DevDistributor, type DevDistributorOptions } from "./dev-distributor.ts";
export { createRegistry, type RegistryHandler } from "./registry/create-registry.ts";
export { type RegistryName, registryNameOf } from "./registry/repository-name.ts";
export type { Referrer, RegistryContent, RegistryItem } from "./registry/content.ts";
export type { ServedRequest } from "./server/listen.ts";
