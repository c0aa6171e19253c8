import type { Secret } from "../../registry/index.ts";
import {
  headers,
  identifier,
  milliseconds,
  oneOf,
  proxyAddress,
  registryHosts,
  secret,
  type ValueKind,
  webAddress,
} from "./value-kind.ts";

/** One key of the configuration: what it may hold, and what it does. */
export interface ConfigKeySpec<T> {
  readonly kind: ValueKind<T>;
  /** What it does, for `docs/config.md` and people who ask. */
  readonly help: string;
  /** A value as it is written in TOML, for the manual. */
  readonly example: string;
  /** Default: none; whoever uses the key has its own. */
  readonly fallback?: T | undefined;
  /**
   * Whether a value may not stand in a project's file: whoever writes a folder that others check out must not be able
   * to weaken their checks. Default: every value may.
   */
  readonly isWeakening?: ((value: T) => boolean) | undefined;
}

/** What each key holds. A key is named by its table in the file and its name in that. */
export interface ConfigValues {
  readonly "environment.env_id": string;
  readonly "network.proxy_url": string;
  readonly "network.tls_mode": "disabled" | "system" | "strict";
  readonly "network.connect_timeout_ms": number;
  readonly "network.read_timeout_ms": number;
  readonly "distributor.base_url": string;
  readonly "distributor.tenant_id": string;
  readonly "distributor.token": Secret;
  readonly "distributor.headers": Readonly<Record<string, Secret>>;
  readonly "dist.insecure_registries": readonly string[];
}

/** The name of a key, as in `network.proxy_url`. */
export type ConfigKey = keyof ConfigValues;

/** Every key, in the order in which they are shown. */
export const configKeys: { readonly [K in ConfigKey]: ConfigKeySpec<ConfigValues[K]> } = {
  "environment.env_id": {
    kind: identifier,
    help: "the environment that a distributor is asked for",
    example: '"prod"',
    fallback: "dev",
  },
  "network.proxy_url": {
    kind: proxyAddress,
    help: "the proxy for all but this machine and what `NO_PROXY` names; goes before `HTTPS_PROXY` and its like",
    example: '"http://proxy.example:3128"',
  },
  "network.tls_mode": {
    kind: oneOf("disabled", "system", "strict"),
    help: "whom TLS trusts: `system` Node's authorities and the operating system's, `strict` only the first, and no plain http but to this machine; `disabled` is taken as `system` with a warning",
    example: '"system"',
    fallback: "system",
    isWeakening: (mode) => mode === "disabled",
  },
  "network.connect_timeout_ms": {
    kind: milliseconds,
    help: "how long a connection may take to be made, TLS included",
    example: "10000",
  },
  "network.read_timeout_ms": {
    kind: milliseconds,
    help: "how long a server may take to begin its answer, and how long it may be too slow",
    example: "30000",
  },
  "distributor.base_url": {
    kind: webAddress,
    help: "where the distributor answers",
    example: '"https://distributor.example.com"',
  },
  "distributor.tenant_id": {
    kind: identifier,
    help: "the tenant that asks the distributor",
    example: '"tenant-a"',
  },
  "distributor.token": {
    kind: secret,
    help: "the token that the distributor is shown",
    example: '"…"',
  },
  "distributor.headers": {
    kind: headers,
    help: "further headers for the distributor; in the variable `name=value`, separated by commas",
    example: '{ "x-route" = "blue" }',
  },
  "dist.insecure_registries": {
    kind: registryHosts,
    help: "registries that are spoken to in plain http; in the variable separated by commas",
    example: '["registry.local:5000"]',
    isWeakening: (hosts) => hosts.length > 0,
  },
};

/** All keys, in the table's order. */
export const configKeyNames: readonly ConfigKey[] = Object.keys(configKeys).filter(isConfigKey);

function isConfigKey(name: string): name is ConfigKey {
  return Object.hasOwn(configKeys, name);
}

/** The variable of a key: `GREENTIC_NETWORK_PROXY_URL` for `network.proxy_url`. */
export function variableOf(name: ConfigKey): string {
  return `GREENTIC_${name.replace(".", "_").toUpperCase()}`;
}

/**
 * Tables of the files, which this tool shares with the others of Greentic: keys that those have and this one does not
 * use. `true`: all there may be. What is not named here is most likely a mistake, and warned about; in a table that
 * has no entry here at all, because it belongs to this tool only, it is an error.
 */
export const sharedTables: Readonly<Record<string, true | readonly string[]>> = {
  schema_version: true,
  environment: ["deployment", "connection", "region"],
  network: [],
  // Other tools keep profiles in it.
  distributor: ["profiles", "default_profile"],
  paths: true,
  packs: true,
  services: true,
  events: true,
  runtime: true,
  telemetry: true,
  deployer: true,
  secrets: true,
  dev: true,
};
