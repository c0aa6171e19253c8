import {
  integer,
  maxValue,
  minValue,
  number,
  pipe,
  record as dictionary,
  safeInteger,
  string,
} from "valibot";
import { DistError } from "../core/index.ts";
import { type Codec, encode, optional, plain, record } from "./codec.ts";
import { distributorId } from "./identifier.ts";

/** For whom something is asked. {@link createTenantCtx} makes one. */
export interface TenantCtx {
  /** Environment, as in `dev` or `prod`. */
  readonly env: string;
  readonly tenant: string;
  /** The tenant's lasting id; the same as `tenant`, unless systems differ. It is what requests name. */
  readonly tenantId: string;
  readonly team?: string | undefined;
  readonly teamId?: string | undefined;
  readonly user?: string | undefined;
  readonly userId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly flowId?: string | undefined;
  readonly nodeId?: string | undefined;
  readonly providerId?: string | undefined;
  readonly traceId?: string | undefined;
  readonly i18nId?: string | undefined;
  readonly correlationId?: string | undefined;
  /** Free text by name. Names that JavaScript objects use themselves (`__proto__`, `constructor`) are left out. */
  readonly attributes?: Readonly<Record<string, string>> | undefined;
  readonly deadline?: InvocationDeadline | undefined;
  /** How often this was tried before. */
  readonly attempt: number;
  readonly idempotencyKey?: string | undefined;
  readonly impersonation?: Impersonation | undefined;
}

/** When the work should be done. */
export interface InvocationDeadline {
  /** Milliseconds since 1970. */
  readonly unixMillis: number;
}

/** Who acts in the user's place. */
export interface Impersonation {
  /** The user who does. */
  readonly actorId: string;
  readonly reason?: string | undefined;
}

const text = plain(string());

/** {@link TenantCtx} on the wire. */
export const tenantCtx: Codec<TenantCtx> = record<TenantCtx>({
  env: distributorId,
  tenant: distributorId,
  tenantId: distributorId,
  team: optional(distributorId),
  teamId: optional(distributorId),
  user: optional(distributorId),
  userId: optional(distributorId),
  sessionId: optional(text),
  flowId: optional(text),
  nodeId: optional(text),
  providerId: optional(text),
  traceId: optional(text),
  i18nId: optional(text),
  correlationId: optional(text),
  attributes: optional(plain(dictionary(string(), string()))),
  deadline: optional(record<InvocationDeadline>({ unixMillis: plain(pipe(number(), safeInteger())) })),
  attempt: plain(pipe(number(), integer(), minValue(0), maxValue(0xffff_ffff))),
  idempotencyKey: optional(text),
  impersonation: optional(record<Impersonation>({ actorId: distributorId, reason: optional(text) })),
});

/**
 * The context of a tenant in an environment.
 * @param rest whatever else is to be said. Default: `tenantId` is `tenant`, `attempt` 0
 * @throws {DistError} INVALID_INPUT for what is no id
 */
export function createTenantCtx(
  env: string,
  tenant: string,
  rest: Partial<Omit<TenantCtx, "env" | "tenant">> = {},
): TenantCtx {
  const created = { tenantId: tenant, attempt: 0, ...rest, env, tenant };
  encode(tenantCtx, created, (reason) => new DistError("INVALID_INPUT", `not a tenant: ${reason}`, {}));
  return created;
}
