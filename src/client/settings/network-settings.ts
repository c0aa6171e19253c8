import { delimiter } from "node:path";
import type {
  AuthorityLocations,
  HostTls,
  HttpTimeouts,
  ProxySettings,
  ProxyText,
} from "../../http/index.ts";
import { type Environment, variable } from "./environment.ts";
import type { MirrorLocations } from "../mirrors/find-mirrors.ts";
import { parseHost } from "./parse-host.ts";

/** See {@link NetworkOptions}. */
export type TlsMode = "system" | "strict" | "disabled";

/** How a `DistClient` reaches servers. Everything may be left out. */
export interface NetworkOptions {
  /**
   * PEM certificates of the authorities to trust in place of all others. Default: those in `SSL_CERT_FILE` and
   * `SSL_CERT_DIR`, else those of `tlsMode`; and those in `NODE_EXTRA_CA_CERTS`.
   */
  readonly ca?: string | undefined;
  /** Certificates for single hosts, by `host` or `host:port` as in URLs. Default: none. */
  readonly tls?: Readonly<Record<string, HostTls>> | undefined;
  /**
   * Whom TLS trusts. `system`: Node's list of authorities, and the operating system's where that one does not do.
   * `strict`: only the first or what the variables name; and plain http to nobody but this machine, whatever
   * `insecureRegistries` says. `disabled`, which other programs know, is taken as `system` with a warning: a connection
   * is always verified. Default: `network.tls_mode` of the configuration, else `system`.
   */
  readonly tlsMode?: TlsMode | undefined;
  /**
   * The proxy for all but this machine and what `NO_PROXY` names, as `http://[USER:PASSWORD@]HOST:PORT`; `""` for none.
   * Default: `network.proxy_url` of the configuration, else what `HTTPS_PROXY`, `HTTP_PROXY` and `ALL_PROXY` say.
   */
  readonly proxy?: string | undefined;
  /**
   * Folders with one for each host, in which mirrors (`hosts.toml`) and certificates are found. Default:
   * `GREENTIC_OCI_CERTS_DIR`, else those of containerd, Docker and Podman.
   */
  readonly certsDirs?: readonly string[] | undefined;
  /**
   * How long to wait for servers. Default for each that is missing: what `network.connect_timeout_ms` and
   * `network.read_timeout_ms` of the configuration say, else `HttpTimeouts`.
   */
  readonly timeouts?: Partial<HttpTimeouts> | undefined;
}

/** How servers are reached. Nothing of it is read or checked before the network is used. */
export interface NetworkSettings {
  readonly proxies: ProxySettings;
  /** Whether an option says which proxy: the configuration is not asked then. */
  readonly isProxyGiven: boolean;
  readonly timeouts: Partial<HttpTimeouts>;
  /** PEM certificates of the only authorities to trust, where the caller gave some. */
  readonly ca: string | undefined;
  readonly authorities: Omit<AuthorityLocations, "system">;
  readonly tlsMode: TlsMode | undefined;
  /** Where other programs keep mirrors and certificates. */
  readonly mirrors: () => Promise<MirrorLocations>;
  /** What is special about TLS with a host, by `host` or `host:port`. */
  readonly tls: ReadonlyMap<string, HostTls>;
}

/**
 * What the options and the environment say of networks.
 * @throws {DistError} INVALID_INPUT for a key of `tls` that is no host
 */
export function resolveNetworkSettings(options: NetworkOptions, env: Environment): NetworkSettings {
  return {
    proxies: proxySettings(options.proxy, env),
    isProxyGiven: options.proxy !== undefined,
    timeouts: options.timeouts ?? {},
    ca: options.ca,
    mirrors: async () => {
      const { mirrorLocations } = await import("../mirrors/mirror-locations.ts");
      return mirrorLocations(env, options.certsDirs);
    },
    tlsMode: options.tlsMode,
    authorities: {
      certFile: variable(env, "SSL_CERT_FILE"),
      certDirs: (variable(env, "SSL_CERT_DIR") ?? "").split(delimiter).filter((folder) => folder !== ""),
      extraFile: variable(env, "NODE_EXTRA_CA_CERTS"),
    },
    tls: new Map(
      Object.entries(options.tls ?? {}).map(([host, tls]) => [parseHost(host).replace(/:443$/, ""), tls]),
    ),
  };
}

/**
 * The proxies that variables name, the spelling in lower case first, as for curl. `HTTP_PROXY` does not count where a
 * web server may have made it out of a request's `Proxy` header (CGI).
 */
function proxySettings(proxy: string | undefined, env: Environment): ProxySettings {
  const except = variable(env, "no_proxy") ?? variable(env, "NO_PROXY");
  if (proxy !== undefined) {
    const text: ProxyText | undefined =
      proxy === "" ? undefined : { text: proxy, source: "the `proxy` option" };
    return { http: text, https: text, except };
  }
  const isCgi = variable(env, "REQUEST_METHOD") !== undefined;
  const all = named(env, "all_proxy", "ALL_PROXY");
  return {
    http: named(env, "http_proxy", ...(isCgi ? [] : ["HTTP_PROXY"])) ?? all,
    https: named(env, "https_proxy", "HTTPS_PROXY") ?? all,
    except,
  };
}

function named(env: Environment, ...names: readonly string[]): ProxyText | undefined {
  for (const source of names) {
    const text = variable(env, source);
    if (text !== undefined) return { text, source };
  }
  return undefined;
}
