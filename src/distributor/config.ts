import { DistError } from "../core/index.ts";
import { decode } from "./codec.ts";
import { distributorId } from "./identifier.ts";
import type { TenantCtx } from "./tenant-ctx.ts";

/** How a distributor is reached, and for whom. */
export interface DistributorClientConfig {
  /**
   * Where `/distributor-api/…` begins, as in `https://distributor.example.com` or `https://example.com/greentic/`.
   * Without it every call fails.
   */
  readonly baseUrl?: string | undefined;
  readonly environmentId: string;
  readonly tenant: TenantCtx;
  /** Sent as `Authorization: Bearer …`, to this origin only. */
  readonly authToken?: string | undefined;
  /** Sent with every request, to this origin only. They win over what is sent otherwise. */
  readonly extraHeaders?: Readonly<Record<string, string>> | undefined;
  /**
   * In milliseconds, for a whole exchange; of packs and artifacts, for the head of the answer and then for each pause.
   * Default: 30,000.
   */
  readonly requestTimeoutMs?: number | undefined;
  /** In milliseconds, for the connection alone. No `fetch` knows it; an `http` may. */
  readonly connectTimeoutMs?: number | undefined;
  /** The proxy on the way. No `fetch` knows it; an `http` may. */
  readonly proxyUrl?: string | undefined;
  /** How the server's certificate is checked. No `fetch` knows it; an `http` may. */
  readonly tlsMode?: TlsMode | undefined;
  /** Whether plain http to other machines is allowed, token and all. Default: false. */
  readonly allowInsecureHttp?: boolean | undefined;
}

/** `network.tls_mode` of Greentic's configuration. */
export type TlsMode = "disabled" | "system" | "strict";

/** What of Greentic's configuration counts here, spelled as in its files. */
export interface GreenticConfig {
  readonly environment: { readonly env_id: string };
  readonly network?:
    | {
        readonly proxy_url?: string | undefined;
        readonly tls_mode?: TlsMode | undefined;
        readonly connect_timeout_ms?: number | undefined;
        readonly read_timeout_ms?: number | undefined;
      }
    | undefined;
  readonly distributor?:
    | {
        readonly base_url?: string | undefined;
        readonly tenant_id?: string | undefined;
        readonly token?: string | undefined;
        readonly headers?: Readonly<Record<string, string>> | undefined;
      }
    | undefined;
}

/**
 * What Greentic's configuration says of a distributor. Where that is and how to log in may also come from the caller:
 * `{ ...distributorClientConfigFromGreentic(config, tenant), baseUrl, authToken }`.
 *
 * @param tenant whose `env` becomes that of the configuration
 * @throws {DistError} INVALID_CONFIG for an environment id that is none
 */
export function distributorClientConfigFromGreentic(
  config: GreenticConfig,
  tenant: TenantCtx,
): DistributorClientConfig {
  const environmentId = decode(
    distributorId,
    config.environment.env_id,
    (reason) => new DistError("INVALID_CONFIG", `environment.env_id: ${reason}`, {}),
  );
  const { network, distributor } = config;
  return {
    baseUrl: distributor?.base_url,
    authToken: distributor?.token,
    extraHeaders: distributor?.headers,
    environmentId,
    tenant: { ...tenant, env: environmentId },
    requestTimeoutMs: network?.read_timeout_ms,
    connectTimeoutMs: network?.connect_timeout_ms,
    proxyUrl: network?.proxy_url,
    tlsMode: network?.tls_mode,
  };
}
