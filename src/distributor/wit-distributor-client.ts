import { decode, encode } from "./codec.ts";
import type { DistributorApiBindings } from "./distributor-api-bindings.ts";
import type { ArtifactSource, DistributorClient } from "./distributor-client.ts";
import { DistributorError, isDistributorError } from "./distributor-error.ts";
import { invalidInput, packQuery } from "./pack-query.ts";
import { type PackStatusResponse, packStatusResponse } from "./pack-status.ts";
import {
  type ResolveComponentRequest,
  resolveComponentRequest,
  type ResolveComponentResponse,
  resolveComponentResponse,
  type ResolveRefResponse,
  resolveRefResponse,
} from "./resolved-component.ts";
import type { TenantCtx } from "./tenant-ctx.ts";
import { parseJsonText, printJson } from "./wire-json.ts";
import { jsonFromWitComponent, jsonFromWitRef, jsonFromWitStatus } from "./wit-records.ts";

/**
 * A distributor over WIT. A component that failed has the reason `failed`: WIT keeps no other. Of a tenant, only the
 * `tenantId` crosses. What the bindings throw becomes a `DistributorError` `wit`; a call cannot be stopped.
 */
export class WitDistributorClient implements DistributorClient {
  readonly #bindings: DistributorApiBindings;

  constructor(bindings: DistributorApiBindings) {
    this.#bindings = bindings;
  }

  async resolveComponent(request: ResolveComponentRequest): Promise<ResolveComponentResponse> {
    encode(resolveComponentRequest, request, invalidInput);
    const { tenant, environmentId, packId, componentId, version, extra } = request;
    const asked = {
      tenantId: tenant.tenantId,
      environmentId,
      packId,
      componentId,
      version,
      extra: printJson(extra ?? null, invalidInput),
    };
    const record = await called(() => this.#bindings.resolveComponent(asked));
    return decode(resolveComponentResponse, jsonFromWitComponent(record, noJson), invalidResponse);
  }

  async getPackStatus(tenant: TenantCtx, environmentId: string, packId: string): Promise<unknown> {
    const asked = packQuery(tenant, environmentId, packId);
    const { tenant_id, environment_id, pack_id } = asked;
    const text = await called(() => this.#bindings.getPackStatus(tenant_id, environment_id, pack_id));
    return parseJsonText(text, noJson);
  }

  async getPackStatusV2(
    tenant: TenantCtx,
    environmentId: string,
    packId: string,
  ): Promise<PackStatusResponse> {
    const { tenant_id, environment_id, pack_id } = packQuery(tenant, environmentId, packId);
    const record = await called(() => this.#bindings.getPackStatusV2(tenant_id, environment_id, pack_id));
    return decode(packStatusResponse, jsonFromWitStatus(record, noJson), invalidResponse);
  }

  async warmPack(tenant: TenantCtx, environmentId: string, packId: string): Promise<void> {
    const { tenant_id, environment_id, pack_id } = packQuery(tenant, environmentId, packId);
    await called(() => this.#bindings.warmPack(tenant_id, environment_id, pack_id));
  }

  /** @throws {DistributorError} `wit` when the bindings are those of 1.0.0 */
  async resolveRef(ref: string): Promise<ResolveRefResponse> {
    const record = await called(() => this.#bindings.resolveRef?.(ref));
    if (record === undefined) throw lacks("resolve-ref");
    return decode(resolveRefResponse, jsonFromWitRef(record, noJson), invalidResponse);
  }

  /**
   * The host vouches for what it hands out: nothing is hashed here.
   * @throws {DistributorError} `wit` when the bindings are those of 1.0.0
   */
  async getByDigest(digest: string): Promise<ArtifactSource> {
    const source = await called(() => this.#bindings.getByDigest?.(digest));
    if (source === undefined) throw lacks("get-by-digest");
    return source.tag === "bytes" ? { kind: "bytes", bytes: source.val } : { kind: "path", path: source.val };
  }
}

/** What a call of the bindings returns, be it now or later. */
async function called<T>(call: () => T): Promise<Awaited<T>> {
  try {
    return await call();
  } catch (error) {
    if (isDistributorError(error)) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new DistributorError("wit", message, { details: {}, cause: error });
  }
}

function lacks(call: string): DistributorError<"wit"> {
  return new DistributorError("wit", `the bindings have no ${call}: it came with distributor-api 1.1.0`, {
    details: {},
  });
}

function noJson(reason: string): DistributorError<"serialization"> {
  return new DistributorError("serialization", `the answer of the host: ${reason}`, { details: {} });
}

function invalidResponse(reason: string): DistributorError<"invalid_response"> {
  return new DistributorError("invalid_response", reason, { details: {} });
}
