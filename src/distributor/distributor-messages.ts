import { DistError } from "../core/index.ts";
import { type Codec, decode, encode } from "./codec.ts";
import { packStatusResponse, type PackStatusResponse } from "./pack-status.ts";
import {
  type ResolveComponentRequest,
  resolveComponentRequest,
  type ResolveComponentResponse,
  resolveComponentResponse,
  type ResolveRefResponse,
  resolveRefResponse,
} from "./resolved-component.ts";
import { type SecretRequirement, secretRequirements } from "./secret-requirement.ts";

/**
 * A message of the distributor API as it is in JSON (snake_case) and here (camelCase). Both ways it is checked; both
 * throw a `DistError` INVALID_INPUT that names the field.
 */
export interface WireForm<T> {
  /**
   * What a value out of `JSON.parse` means. Fields that are not known are left out.
   * @param refuse makes another error; what it is told names the field
   */
  readonly parse: (value: unknown, refuse?: (reason: string) => Error) => T;
  /** The value for `JSON.stringify`. */
  readonly print: (value: T) => unknown;
}

/** The messages of the distributor API, for whoever writes the other side of it. */
export const distributorMessages: {
  readonly resolveComponentRequest: WireForm<ResolveComponentRequest>;
  readonly resolveComponentResponse: WireForm<ResolveComponentResponse>;
  readonly resolveRefResponse: WireForm<ResolveRefResponse>;
  readonly packStatusResponse: WireForm<PackStatusResponse>;
  readonly secretRequirements: WireForm<readonly SecretRequirement[] | undefined>;
} = {
  resolveComponentRequest: wireForm(resolveComponentRequest),
  resolveComponentResponse: wireForm(resolveComponentResponse),
  resolveRefResponse: wireForm(resolveRefResponse),
  packStatusResponse: wireForm(packStatusResponse),
  secretRequirements: wireForm(secretRequirements),
};

function wireForm<T>(codec: Codec<T>): WireForm<T> {
  return {
    parse: (value, refuse = invalid) => decode(codec, value, refuse),
    print: (value) => encode(codec, value, invalid),
  };
}

function invalid(reason: string): DistError<"INVALID_INPUT"> {
  return new DistError("INVALID_INPUT", `not a message of the distributor API: ${reason}`, {});
}
