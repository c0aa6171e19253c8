import { version } from "../core/index.ts";
import type { Http, Retrier, Wait } from "../http/index.ts";
import type { RegistryClient } from "../registry/index.ts";
import type { Network } from "../sources/index.ts";
import type { Config } from "./config/load-config.ts";
import type { Settings } from "./settings.ts";

/** A {@link Network}, and the way to let go of its connections. */
export interface ClosableNetwork extends Network {
  readonly close: () => Promise<void>;
}

/** The network as the settings have it. Nothing is loaded or read before the first request. */
export function createNetwork(settings: Settings, retrier: () => Promise<Retrier>): ClosableNetwork {
  let http: Promise<Http> | undefined;
  let registry: Promise<RegistryClient> | undefined;
  let config: Promise<Config> | undefined;
  const openConfig = (): Promise<Config> => (config ??= readConfig(settings));
  const openHttp = (): Promise<Http> => (http ??= createHttp(settings, retrier, openConfig));
  return {
    http: openHttp,
    registry: () => (registry ??= createRegistry(settings, openHttp, openConfig)),
    allowLoopbackHttp: settings.allowInsecureLocalHttp,
    // One that could not be made has failed the call that asked for it, and has nothing to close.
    close: async () => (await http?.catch(() => undefined))?.close(),
  };
}

/** What tries again for one client, made when it is first asked for. */
export function openRetrier({ retry, now, onEvent }: Settings): () => Promise<Retrier> {
  const onWait = (wait: Wait): void => onEvent({ event: "waiting", ...wait });
  let retrier: Promise<Retrier> | undefined;
  const create = async (): Promise<Retrier> =>
    (await import("../http/index.ts")).createRetrier({ ...retry, now, onWait });
  return () => (retrier ??= create());
}

/** How many exchanges with one host are under way at a time, whatever is pulled. */
const connectionsPerHost = 8;

async function createHttp(
  settings: Settings,
  retrier: () => Promise<Retrier>,
  openConfig: () => Promise<Config>,
): Promise<Http> {
  const { httpFromFetch, withHostLimit, withRetry, withTrace } = await import("../http/index.ts");
  const { fetch, onTrace, now } = settings;
  const http = fetch === undefined ? await createWire(settings, await openConfig()) : httpFromFetch(fetch);
  const traced = onTrace === undefined ? http : withTrace(http, onTrace, now);
  // Outermost: who waits to try again holds no place that another request could use.
  return withRetry(withHostLimit(traced, connectionsPerHost), await retrier(), now);
}

async function createWire({ network }: Settings, config: Config): Promise<Http> {
  const { createWireHttp, loadAuthorities } = await import("../http/index.ts");
  const { networkFromConfig } = await import("./config/network-from-config.ts");
  const { ca, authorities, tls, proxies, timeouts } = networkFromConfig(network, config);
  return createWireHttp({
    userAgent: `greentic-dist/${version}`,
    ca: ca ?? (() => loadAuthorities(authorities)),
    tlsOf: async (host) => tls.get(host),
    proxies,
    timeouts,
  });
}

/** The configuration, with a warning for each key in a file that is most likely a mistake. */
async function readConfig(settings: Settings): Promise<Config> {
  const { openConfig } = await import("./config/open-config.ts");
  const config = await openConfig(settings);
  for (const message of config.warnings) {
    settings.onEvent({ event: "warning", code: "CONFIG_KEY_UNKNOWN", message, reference: undefined });
  }
  return config;
}

async function createRegistry(
  settings: Settings,
  openHttp: () => Promise<Http>,
  openConfig: () => Promise<Config>,
): Promise<RegistryClient> {
  if (settings.registry !== undefined) return settings.registry;
  const { createCredentials, createRegistryClient } = await import("../registry/index.ts");
  const config = await openConfig();
  const insecureRegistries = new Set(config.get("dist.insecure_registries").value);
  const { logins, now, onEvent } = settings;
  const onWarning = (message: string): void =>
    onEvent({ event: "warning", code: "CREDENTIALS_SKIPPED", message, reference: undefined });
  return createRegistryClient({
    http: await openHttp(),
    credentials: settings.credentials ?? createCredentials(await logins()),
    allowPlainHttp: (host) => insecureRegistries.has(host.toLowerCase()),
    now,
    onWarning,
  });
}
