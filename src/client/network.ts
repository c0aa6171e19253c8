import { type DistEvent, version } from "../core/index.ts";
import type { Http, Retrier, Wait } from "../http/index.ts";
import type { RegistryClient } from "../registry/index.ts";
import type { Network } from "../sources/index.ts";
import type { Config } from "./config/load-config.ts";
import type { ConfiguredNetwork } from "./config/network-from-config.ts";
import type { Settings } from "./settings.ts";

/** A {@link Network}, and the way to let go of its connections. */
export interface ClosableNetwork extends Network {
  /** Says of each host whether plain http may be spoken to it. Loopback needs no permission. */
  readonly allowPlainHttp: () => Promise<(host: string) => boolean>;
  readonly close: () => Promise<void>;
}

/** The network as the settings have it. Nothing is loaded or read before the first request. */
export function createNetwork(settings: Settings, retrier: () => Promise<Retrier>): ClosableNetwork {
  let http: Promise<Http> | undefined;
  let registry: Promise<RegistryClient> | undefined;
  let configured: Promise<Configured> | undefined;
  const configure = (): Promise<Configured> => (configured ??= readConfig(settings));
  const openHttp = (): Promise<Http> => (http ??= createHttp(settings, retrier, configure));
  const allowPlainHttp = async (): Promise<(host: string) => boolean> => {
    const { config, network } = await configure();
    const named = new Set(config.get("dist.insecure_registries").value);
    return (host) => network.tlsMode !== "strict" && named.has(host.toLowerCase());
  };
  return {
    http: openHttp,
    registry: () => (registry ??= createRegistry(settings, openHttp, allowPlainHttp)),
    allowPlainHttp,
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
  configure: () => Promise<Configured>,
): Promise<Http> {
  const { httpFromFetch, withHostLimit, withRetry, withTrace } = await import("../http/index.ts");
  const { fetch, onTrace, now } = settings;
  const http = fetch === undefined ? await createWire(settings, await configure()) : httpFromFetch(fetch);
  const traced = onTrace === undefined ? http : withTrace(http, onTrace, now);
  // Outermost: who waits to try again holds no place that another request could use.
  return withRetry(withHostLimit(traced, connectionsPerHost), await retrier(), now);
}

async function createWire({ onEvent }: Settings, { network }: Configured): Promise<Http> {
  const { createWireHttp, loadAuthorities } = await import("../http/index.ts");
  const { ca, authorities, tls, tlsMode, proxies, timeouts } = network;
  if (tlsMode === "disabled") onEvent(tlsModeIgnored);
  return createWireHttp({
    userAgent: `greentic-dist/${version}`,
    ca: ca ?? (() => loadAuthorities(authorities)),
    tlsOf: async (host) => tls.get(host),
    proxies,
    timeouts,
  });
}

const tlsModeIgnored: DistEvent = {
  event: "warning",
  code: "TLS_MODE_IGNORED",
  message:
    "TLS is verified although its mode is `disabled`: name an authority of your own in NODE_EXTRA_CA_CERTS, or a registry that speaks plain http with --insecure-registry",
  reference: undefined,
};

/** What the configuration says, and what it makes of the network's settings. */
interface Configured {
  readonly config: Config;
  readonly network: ConfiguredNetwork;
}

/** Reads the configuration, with a warning for each key in a file that is most likely a mistake. */
async function readConfig(settings: Settings): Promise<Configured> {
  const { openConfig } = await import("./config/open-config.ts");
  const { networkFromConfig } = await import("./config/network-from-config.ts");
  const config = await openConfig(settings);
  for (const message of config.warnings) {
    settings.onEvent({ event: "warning", code: "CONFIG_KEY_UNKNOWN", message, reference: undefined });
  }
  return { config, network: networkFromConfig(settings.network, config) };
}

async function createRegistry(
  settings: Settings,
  openHttp: () => Promise<Http>,
  allowPlainHttp: ClosableNetwork["allowPlainHttp"],
): Promise<RegistryClient> {
  if (settings.registry !== undefined) return settings.registry;
  const { createCredentials, createRegistryClient, printAccess } = await import("../registry/index.ts");
  const { logins, now, onEvent, onTrace } = settings;
  const onWarning = (message: string): void =>
    onEvent({ event: "warning", code: "CREDENTIALS_SKIPPED", message, reference: undefined });
  return createRegistryClient({
    http: await openHttp(),
    credentials: settings.credentials ?? createCredentials(await logins()),
    allowPlainHttp: await allowPlainHttp(),
    now,
    onWarning,
    onAccess: onTrace && ((report) => onTrace(printAccess(report))),
  });
}
