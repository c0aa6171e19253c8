import { DistError } from "../core/index.ts";
import type { DistributorApiBindings } from "./distributor-api-bindings.ts";
import type { DistributorClient } from "./distributor-client.ts";
import { createTenantCtx, type TenantCtx } from "./tenant-ctx.ts";
import { parseJsonText, printJson } from "./wire-json.ts";
import { witFromComponent, witFromRef, witFromStatus } from "./wit-records.ts";

/** What a guest may ask through a host. */
export interface DistributorHostOptions {
  /**
   * For whom a guest's call is made: a guest says what it likes, so that a host that serves one tenant refuses others
   * here, by throwing. Default: the tenant and environment that the guest names.
   */
  readonly tenantOf?: ((tenantId: string, environmentId: string) => TenantCtx) | undefined;
}

/** What a guest imports, by the names under which jco's output asks for it. */
export interface DistributorHost {
  readonly "greentic:distributor-api/distributor": Required<DistributorApiBindings>;
  readonly "greentic:distributor-api/distributor@1.0.0": Required<DistributorApiBindings>;
  readonly "greentic:distributor-api/distributor@1.1.0": Required<DistributorApiBindings>;
}

/**
 * The import object for guests of `greentic:distributor-api`, 1.0.0 and 1.1.0, answered by `client`. Every function is
 * asynchronous, so transpile the guest with asynchronous imports (jco: `--async-mode jspi`). WIT has no errors here:
 * what a call throws ends the guest's call.
 */
export function createDistributorHost(
  client: DistributorClient,
  {
    tenantOf = (tenantId, environmentId) => createTenantCtx(environmentId, tenantId),
  }: DistributorHostOptions = {},
): DistributorHost {
  const distributor: Required<DistributorApiBindings> = {
    resolveComponent: async ({ tenantId, extra, ...asked }) => {
      const tenant = tenantOf(tenantId, asked.environmentId);
      const request = { ...asked, tenant, extra: extra === "" ? null : parseJsonText(extra, unusable) };
      return witFromComponent(await client.resolveComponent(request), unusable);
    },
    getPackStatus: async (tenantId, environmentId, packId) => {
      const tenant = tenantOf(tenantId, environmentId);
      return printJson(await client.getPackStatus(tenant, environmentId, packId), unusable);
    },
    getPackStatusV2: async (tenantId, environmentId, packId) => {
      const tenant = tenantOf(tenantId, environmentId);
      return witFromStatus(await client.getPackStatusV2(tenant, environmentId, packId), unusable);
    },
    warmPack: async (tenantId, environmentId, packId) => {
      await client.warmPack(tenantOf(tenantId, environmentId), environmentId, packId);
    },
    resolveRef: async (ref) => witFromRef(await client.resolveRef(ref), unusable),
    getByDigest: async (digest) => {
      const source = await client.getByDigest(digest);
      return source.kind === "bytes"
        ? { tag: "bytes", val: source.bytes }
        : { tag: "path", val: source.path };
    },
  };
  return {
    "greentic:distributor-api/distributor": distributor,
    "greentic:distributor-api/distributor@1.0.0": distributor,
    "greentic:distributor-api/distributor@1.1.0": distributor,
  };
}

function unusable(reason: string): DistError<"INVALID_INPUT"> {
  return new DistError("INVALID_INPUT", `cannot pass it between guest and distributor: ${reason}`, {});
}
