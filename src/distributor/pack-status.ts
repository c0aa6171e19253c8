import { string } from "valibot";
import { anyJson, type Codec, plain, record } from "./codec.ts";
import { secretRequirements, type SecretRequirement } from "./secret-requirement.ts";

/** What a distributor says of a pack. */
export interface PackStatusResponse {
  readonly status: string;
  /** `undefined` when the distributor does not say; an empty list when nothing is needed. */
  readonly secretRequirements?: readonly SecretRequirement[] | undefined;
  /** Any JSON; `null` when there is none. */
  readonly extra: unknown;
}

/** {@link PackStatusResponse} on the wire. */
export const packStatusResponse: Codec<PackStatusResponse> = record<PackStatusResponse>({
  status: plain(string()),
  secretRequirements,
  extra: anyJson,
});
