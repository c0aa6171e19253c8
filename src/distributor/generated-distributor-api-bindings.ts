import type { DistributorApiBindings } from "./distributor-api-bindings.ts";
import { DistributorError } from "./distributor-error.ts";

/**
 * The bindings that a guest gets from its host. Only the guest itself can import them, so it hands them over; where
 * there are none, outside a guest, every call fails.
 *
 * ```js
 * import * as imports from "greentic:distributor-api/distributor@1.1.0";
 * const client = new WitDistributorClient(new GeneratedDistributorApiBindings(imports));
 * ```
 */
export class GeneratedDistributorApiBindings implements DistributorApiBindings {
  readonly resolveComponent: DistributorApiBindings["resolveComponent"];
  readonly getPackStatus: DistributorApiBindings["getPackStatus"];
  readonly getPackStatusV2: DistributorApiBindings["getPackStatusV2"];
  readonly warmPack: DistributorApiBindings["warmPack"];
  readonly resolveRef: DistributorApiBindings["resolveRef"];
  readonly getByDigest: DistributorApiBindings["getByDigest"];

  constructor(imports: DistributorApiBindings = unavailable) {
    this.resolveComponent = imports.resolveComponent.bind(imports);
    this.getPackStatus = imports.getPackStatus.bind(imports);
    this.getPackStatusV2 = imports.getPackStatusV2.bind(imports);
    this.warmPack = imports.warmPack.bind(imports);
    this.resolveRef = imports.resolveRef?.bind(imports);
    this.getByDigest = imports.getByDigest?.bind(imports);
  }
}

/** @throws {DistributorError} `wit`, always */
function refuse(): never {
  const message = "distributor-api imports are only available on wasm32 targets";
  throw new DistributorError("wit", message, { details: {} });
}

const unavailable: DistributorApiBindings = {
  resolveComponent: refuse,
  getPackStatus: refuse,
  getPackStatusV2: refuse,
  warmPack: refuse,
  resolveRef: refuse,
  getByDigest: refuse,
};
