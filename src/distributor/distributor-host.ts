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
  /**
   * Is told what a call throws. WIT has no errors here, so that it ends the guest's call, and the guest is of no more
   * use; but jco 1.35 never settles the promise of a call whose asynchronous import failed. Let this decide in its
   * place: `Promise.race([guest.run(), failed])`.
   */
  readonly onFailure?: ((error: unknown) => void) | undefined;
}

/** Every function of the interface, those since 1.1.0 too. */
export type DistributorApiAnswers = {
  readonly [K in keyof DistributorApiBindings]-?: NonNullable<DistributorApiBindings[K]>;
};

/** What a guest imports, by the names under which jco's output asks for it. */
export interface DistributorHost {
  readonly "greentic:distributor-api/distributor": DistributorApiAnswers;
  readonly "greentic:distributor-api/distributor@1.0.0": DistributorApiAnswers;
  readonly "greentic:distributor-api/distributor@1.1.0": DistributorApiAnswers;
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
    onFailure,
  }: DistributorHostOptions = {},
): DistributorHost {
  const telling =
    <A extends readonly unknown[], R>(answer: (...asked: A) => Promise<R>) =>
    async (...asked: A): Promise<R> => {
      try {
        return await answer(...asked);
      } catch (error) {
        onFailure?.(error);
        throw error;
      }
    };
  const distributor: DistributorApiAnswers = {
    resolveComponent: telling(async ({ tenantId, extra, ...asked }) => {
      const tenant = tenantOf(tenantId, asked.environmentId);
      const request = { ...asked, tenant, extra: extra === "" ? null : parseJsonText(extra, unusable) };
      return witFromComponent(await client.resolveComponent(request), unusable);
    }),
    getPackStatus: telling(async (tenantId, environmentId, packId) => {
      const tenant = tenantOf(tenantId, environmentId);
      return printJson(await client.getPackStatus(tenant, environmentId, packId), unusable);
    }),
    getPackStatusV2: telling(async (tenantId, environmentId, packId) => {
      const tenant = tenantOf(tenantId, environmentId);
      return witFromStatus(await client.getPackStatusV2(tenant, environmentId, packId), unusable);
    }),
    warmPack: telling(async (tenantId, environmentId, packId) => {
      await client.warmPack(tenantOf(tenantId, environmentId), environmentId, packId);
    }),
    resolveRef: telling(async (ref) => witFromRef(await client.resolveRef(ref), unusable)),
    getByDigest: telling(async (digest) => {
      const source = await client.getByDigest(digest);
      return source.kind === "bytes"
        ? { tag: "bytes", val: source.bytes }
        : { tag: "path", val: source.path };
    }),
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
