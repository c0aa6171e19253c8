import type { DistributorCallOptions } from "./distributor-client.ts";

/**
 * Where packs and components are had by id and version: a folder, a distributor, a registry, or a chain of these.
 *
 * Both calls throw a `DistError` NOT_FOUND (a `DistributorError` is one) when it does not have what is asked for,
 * INVALID_INPUT for what is no id, and whatever the way to it can.
 */
export interface DistributorSource {
  /** All bytes of a pack. */
  fetchPack(packId: string, version: string, options?: DistributorCallOptions): Promise<Uint8Array>;
  /** All bytes of a component. */
  fetchComponent(componentId: string, version: string, options?: DistributorCallOptions): Promise<Uint8Array>;
}
