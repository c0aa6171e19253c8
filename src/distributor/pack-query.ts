import { DistError } from "../core/index.ts";
import { decode } from "./codec.ts";
import { distributorId } from "./identifier.ts";
import type { TenantCtx } from "./tenant-ctx.ts";

/** The error for what cannot be asked, made of why. */
export function invalidInput(reason: string): DistError<"INVALID_INPUT"> {
  return new DistError("INVALID_INPUT", `cannot ask the distributor: ${reason}`, {});
}

/**
 * `text`, which is to be sent as `field`.
 * @throws {DistError} INVALID_INPUT for what is no id
 */
export function checkId(field: string, text: string): string {
  return decode(distributorId, text, (reason) => invalidInput(`${field}: ${reason}`));
}

/** What is asked of a pack, as it is sent. */
export interface PackQuery {
  readonly tenant_id: string;
  readonly environment_id: string;
  readonly pack_id: string;
}

/** @throws {DistError} INVALID_INPUT for what is no id */
export function packQuery(tenant: TenantCtx, environmentId: string, packId: string): PackQuery {
  return {
    tenant_id: checkId("tenant_id", tenant.tenantId),
    environment_id: checkId("environment_id", environmentId),
    pack_id: checkId("pack_id", packId),
  };
}
