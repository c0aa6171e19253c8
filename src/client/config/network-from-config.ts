import { printable } from "../../core/index.ts";
import type { AuthorityLocations, HttpTimeouts, ProxySettings } from "../../http/index.ts";
import type { NetworkSettings, TlsMode } from "../settings/network-settings.ts";
import type { Config, ConfigOrigin } from "./load-config.ts";

/** The slowest body that is borne, in bytes per second: the same whatever the time in which it is measured. */
const slowest = 1024;

/** {@link NetworkSettings} with every default decided. */
export interface ConfiguredNetwork extends NetworkSettings {
  readonly authorities: AuthorityLocations;
  readonly tlsMode: TlsMode;
}

/** How servers are reached when the configuration is asked for what no option says. */
export function networkFromConfig(network: NetworkSettings, config: Config): ConfiguredNetwork {
  const tlsMode = network.tlsMode ?? config.get("network.tls_mode").value ?? "system";
  return {
    ...network,
    tlsMode,
    authorities: { ...network.authorities, system: tlsMode !== "strict" },
    proxies: network.isProxyGiven ? network.proxies : proxiesFrom(network.proxies, config),
    timeouts: { ...timeoutsFrom(config), ...network.timeouts },
  };
}

function proxiesFrom(named: ProxySettings, { get }: Config): ProxySettings {
  const { value, origin } = get("network.proxy_url");
  if (value === undefined) return named;
  const text = { text: value, source: sourceOf(origin, "network.proxy_url") };
  return { ...named, http: text, https: text };
}

function timeoutsFrom({ get }: Config): Partial<HttpTimeouts> {
  const { value: connectMs } = get("network.connect_timeout_ms");
  const { value: readMs } = get("network.read_timeout_ms");
  return {
    ...(connectMs !== undefined && { connectMs }),
    ...(readMs !== undefined && {
      headersMs: readMs,
      stallMs: readMs,
      stallBytes: Math.ceil((readMs / 1000) * slowest),
    }),
  };
}

/** Where a value was found, as errors name it. */
function sourceOf(origin: ConfigOrigin, key: string): string {
  if ("path" in origin) return `${key} in ${printable(origin.path)}:${origin.line}`;
  return "name" in origin ? origin.name : key;
}
