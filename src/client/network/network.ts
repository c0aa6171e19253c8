import { type DistEvent, type OciName, version } from "../../core/index.ts";
import {
  createWireHttp,
  type DialReport,
  type Http,
  httpFromFetch,
  type HttpRequest,
  type HttpResponse,
  loadAuthorities,
  type Retrier,
  withHostLimit,
  withRetry,
  withTrace,
} from "../../http/index.ts";
import {
  type AccessReport,
  anonymous,
  createCredentials,
  createMirroredClient,
  createRegistryClient,
  createRegistryWriter,
  printAccess,
  type RegistryClient,
  type RegistryClientOptions,
  type RegistryWriter,
} from "../../registry/index.ts";
import type { Network } from "../../sources/index.ts";
import type { Config } from "../config/load-config.ts";
import { type ConfiguredNetwork, networkFromConfig } from "../config/network-from-config.ts";
import { openConfig } from "../config/open-config.ts";
import { createMirrorFinder, type MirrorFinder } from "../mirrors/find-mirrors.ts";
import { blocked, createPlaceFinder } from "../mirrors/find-places.ts";
import { isSecure, type Mirror, type MirrorPlan } from "../mirrors/mirror.ts";
import type { Settings } from "../settings/settings.ts";

/** A {@link Network}, and the way to let go of its connections. */
export interface ClosableNetwork extends Network {
  /** Says of each host whether plain http may be spoken to it. Loopback needs no permission. */
  readonly allowPlainHttp: () => Promise<(host: string) => boolean>;
  /**
   * Who is asked before, or in place of, the registry of a name.
   * @throws {DistError} INVALID_CONFIG
   */
  readonly mirrorsFor: (name: OciName) => Promise<MirrorPlan>;
  /**
   * What writes to the registry of a name; no mirror is written to.
   * @throws {DistError} INVALID_CONFIG; FORBIDDEN when `registries.conf` blocks the registry
   */
  readonly writer: (name: OciName) => Promise<RegistryWriter>;
  readonly close: () => Promise<void>;
}

/** Hears what a network does, as it happens. Each defaults to nobody. */
export interface NetworkWatch {
  /** A connection begins; the report fills while it is made. */
  readonly onDial?: ((report: DialReport) => void) | undefined;
  /** A server answered. */
  readonly onAnswer?: ((request: HttpRequest, response: HttpResponse) => void) | undefined;
  /** A registry's demand for a login was met, or not. */
  readonly onAccess?: ((report: AccessReport) => void) | undefined;
}

/** The network as the settings have it. Nothing is loaded or read before the first request. */
export function createNetwork(
  settings: Settings,
  retrier: () => Promise<Retrier>,
  watch: NetworkWatch = {},
): ClosableNetwork {
  let http: Promise<Http> | undefined;
  let registry: Promise<RegistryClient> | undefined;
  let writer: Promise<RegistryWriter> | undefined;
  let configured: Promise<Configured> | undefined;
  const configure = (): Promise<Configured> => (configured ??= readConfig(settings));
  const openHttp = (): Promise<Http> => (http ??= createHttp(settings, watch, retrier, configure));
  const mirrors: Http[] = [];
  const allowPlainHttp = async (): Promise<(host: string) => boolean> => {
    const { config, network } = await configure();
    const named = new Set(config.get("dist.insecure_registries").value);
    return (host) => network.tlsMode !== "strict" && named.has(host.toLowerCase());
  };
  const parts = { watch, openHttp, retrier, configure, allowPlainHttp, mirrors };
  const mirrorsFor = async (name: OciName): Promise<MirrorPlan> => {
    const { finder, isAllowed } = await configure();
    const plan = await finder.planFor(name);
    return { ...plan, mirrors: plan.mirrors.filter(isAllowed) };
  };
  return {
    http: openHttp,
    registry: () => (registry ??= createRegistry(settings, parts)),
    allowPlainHttp,
    mirrorsFor,
    async writer(name) {
      const { blockedBy } = await mirrorsFor(name);
      if (blockedBy === undefined) return (writer ??= createWriter(settings, parts));
      throw blocked(name, blockedBy);
    },
    allowLoopbackHttp: settings.allowInsecureLocalHttp,
    // One that could not be made has failed the call that asked for it, and has nothing to close.
    close: async () => {
      (await http?.catch(() => undefined))?.close();
      for (const mirror of mirrors) mirror.close();
    },
  };
}

/** How many exchanges with one host are under way at a time, whatever is pulled. */
const connectionsPerHost = 8;

async function createHttp(
  settings: Settings,
  watch: NetworkWatch,
  retrier: () => Promise<Retrier>,
  configure: () => Promise<Configured>,
): Promise<Http> {
  const configured = await configure();
  if (configured.network.tlsMode === "disabled") settings.onEvent(tlsModeIgnored);
  const http = await openWire(settings, watch, configured, undefined);
  // Outermost: who waits to try again holds no place that another request could use.
  return withRetry(http, await retrier(), settings.now);
}

/** Speaks HTTP with everybody, or as `mirror` wants it. Nothing is sent again. */
async function openWire(
  { fetch, onTrace, now }: Settings,
  { onDial, onAnswer }: NetworkWatch,
  { network, finder }: Configured,
  mirror: Mirror | undefined,
): Promise<Http> {
  const { ca, authorities, tls, proxies, timeouts } = network;
  const http =
    fetch === undefined
      ? createWireHttp({
          userAgent: `greentic-dist/${version}`,
          ca: ca ?? (() => loadAuthorities(authorities)),
          tlsOf: async (host) => {
            const special = host === mirror?.api.host ? mirror.tls : undefined;
            return special ?? tls.get(host) ?? finder.tlsOf(host);
          },
          isUnverified: mirror?.isVerified === false,
          proxies,
          timeouts,
          onDial,
        })
      : httpFromFetch(fetch);
  const watched = onAnswer === undefined ? http : withAnswers(http, onAnswer);
  const traced = onTrace === undefined ? watched : withTrace(watched, onTrace, now);
  return withHostLimit(traced, connectionsPerHost);
}

function withAnswers(http: Http, onAnswer: NonNullable<NetworkWatch["onAnswer"]>): Http {
  return {
    async send(request) {
      const response = await http.send(request);
      onAnswer(request, response);
      return response;
    },
    close: () => http.close(),
  };
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
  readonly finder: MirrorFinder;
  /** Whether a mirror counts at all. */
  readonly isAllowed: (mirror: Mirror) => boolean;
}

/** Reads the configuration, with a warning for each key in a file that is most likely a mistake. */
async function readConfig(settings: Settings): Promise<Configured> {
  const config = await openConfig(settings);
  for (const message of config.warnings) {
    settings.onEvent({ event: "warning", code: "CONFIG_KEY_UNKNOWN", message, reference: undefined });
  }
  const finder = createMirrorFinder(await settings.network.mirrors());
  const network = networkFromConfig(settings.network, config);
  const isAllowed = (mirror: Mirror): boolean => network.tlsMode !== "strict" || isSecure(mirror);
  return { config, network, finder, isAllowed };
}

/** What a registry client is made of. */
interface RegistryParts {
  readonly watch: NetworkWatch;
  readonly openHttp: () => Promise<Http>;
  readonly retrier: () => Promise<Retrier>;
  readonly configure: () => Promise<Configured>;
  readonly allowPlainHttp: ClosableNetwork["allowPlainHttp"];
  /** Gets what must be closed. */
  readonly mirrors: Http[];
}

async function createWriter(settings: Settings, parts: RegistryParts): Promise<RegistryWriter> {
  const [shared, http] = [await registryOptions(settings, parts), await parts.openHttp()];
  return createRegistryWriter({ ...shared, http, retrier: parts.retrier });
}

async function registryOptions(
  { credentials, logins, now, onEvent, onTrace }: Settings,
  { watch, allowPlainHttp }: RegistryParts,
): Promise<Omit<RegistryClientOptions, "http">> {
  return {
    credentials: credentials ?? createCredentials(await logins()),
    allowPlainHttp: await allowPlainHttp(),
    now,
    onWarning: (message) =>
      onEvent({ event: "warning", code: "CREDENTIALS_SKIPPED", message, reference: undefined }),
    onAccess: (report) => {
      watch.onAccess?.(report);
      onTrace?.(printAccess(report));
    },
  };
}

/** A client that asks mirrors first, where other programs' files name some. */
async function createRegistry(settings: Settings, parts: RegistryParts): Promise<RegistryClient> {
  if (settings.registry !== undefined) return settings.registry;
  const configured = await parts.configure();
  const { finder, isAllowed } = configured;
  const { now, onEvent } = settings;
  const shared = await registryOptions(settings, parts);
  const origin = createRegistryClient({ ...shared, http: await parts.openHttp() });
  const clientFor = async (mirror: Mirror, isLast: boolean): Promise<RegistryClient> => {
    const wire = await openWire(settings, parts.watch, configured, mirror);
    parts.mirrors.push(wire);
    const http = isLast ? withRetry(wire, await parts.retrier(), now) : wire;
    const credentials = isSecure(mirror) ? shared.credentials : anonymous;
    return createRegistryClient({ ...shared, http, mirror, credentials });
  };
  return createMirroredClient({
    placesFor: createPlaceFinder({ finder, origin, clientFor, isAllowed }),
    now,
    onSkip: (message, reference) => onEvent({ event: "warning", code: "MIRROR_SKIPPED", message, reference }),
  });
}
