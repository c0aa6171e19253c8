import { DistError, printable } from "../../core/index.ts";
import type { GreenticConfig } from "../../distributor/index.ts";
import type { Environment } from "../settings/environment.ts";
import { resolveSettings } from "../settings/settings.ts";
import { variableOf } from "./config-keys.ts";
import { type Config, loadConfig } from "./load-config.ts";

/** Where {@link loadGreenticConfig} looks. */
export interface LoadGreenticConfigOptions {
  /** Where variables are looked up; `{}` reads nothing around the program. Default: `process.env`. */
  readonly env?: Environment | undefined;
  /** Where the search for a project begins. Default: the current folder; nowhere when `env` is given. */
  readonly cwd?: string | undefined;
  /** Hears what is most likely a mistake in a file, a sentence each. Default: nobody. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/**
 * Reads Greentic's configuration: variables before the project's file, before the user's, before the defaults
 * (`docs/config.md`). It is what `distributorClientConfigFromGreentic` takes, and holds the token: it is not for logs.
 * @throws {DistError} INVALID_CONFIG that names the variable; or the file, the line and the key
 */
export async function loadGreenticConfig(options: LoadGreenticConfigOptions = {}): Promise<GreenticConfig> {
  const { env, cwd, onWarning } = options;
  const config = await loadConfig(resolveSettings({ env, cwd }).configSearch);
  for (const message of config.warnings) onWarning?.(message);
  return greenticConfigFrom(config);
}

/** The configuration as an object, spelled as in its files. */
function greenticConfigFrom(config: Config): GreenticConfig {
  const { get } = config;
  refuseMisdirection(config);
  const headers = get("distributor.headers").value;
  return {
    environment: { env_id: get("environment.env_id").value ?? "" },
    network: {
      proxy_url: get("network.proxy_url").value,
      tls_mode: get("network.tls_mode").value,
      connect_timeout_ms: get("network.connect_timeout_ms").value,
      read_timeout_ms: get("network.read_timeout_ms").value,
    },
    distributor: {
      base_url: get("distributor.base_url").value,
      tenant_id: get("distributor.tenant_id").value,
      token: get("distributor.token").value?.reveal(),
      headers:
        headers && Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.reveal()])),
    },
  };
}

/** A project's file must not name the server that gets what the user's file keeps secret. */
function refuseMisdirection({ get }: Config): void {
  const { origin } = get("distributor.base_url");
  if (origin.from !== "project") return;
  for (const key of ["distributor.token", "distributor.headers"] as const) {
    if (get(key).origin.from !== "user") continue;
    const { path, line } = origin;
    throw new DistError(
      "INVALID_CONFIG",
      `${printable(path)}:${line}: distributor.base_url of a project's file would be sent ${key} of the user's`,
      { path: printable(path), key: "distributor.base_url", line },
      { hint: `when you trust that server, say so yourself: ${variableOf("distributor.base_url")}=…` },
    );
  }
}
