import { invalidReference, type OciName, printOciName } from "../core/index.ts";
import { isLoopbackHost } from "../http/index.ts";

/** How a registry is spoken to. */
export interface Endpoint {
  /** The registry as it stands in a reference; logins are looked up for it. */
  readonly host: string;
  readonly origin: URL;
  /** Where its API begins. */
  readonly api: URL;
  /** What a mirror is told of which registry is meant. Default: nothing. */
  readonly namespace?: string | undefined;
  /** Whether an exchange that began at this registry may use plain http at `url`. */
  readonly allowPlainHttp: (url: URL) => boolean;
}

/** Docker Hub's registry has another address than its name. */
const dockerHub = "registry-1.docker.io";

/**
 * The registry of `name`: over https, or plain http when it is on loopback or `allowPlainHttp` names its host. From
 * https no exchange ever goes on over http.
 * @throws {DistError} INVALID_REFERENCE when the registry is no address
 */
export function endpointOf(name: OciName, allowPlainHttp: (host: string) => boolean): Endpoint {
  const host = name.registry;
  const address = host === "docker.io" ? dockerHub : host;
  const secure = URL.canParse(`https://${address}`) ? new URL(`https://${address}`) : undefined;
  if (secure === undefined)
    throw invalidReference(printOciName(name), `check the registry: ${host} is no address`);
  const plain = isLoopbackHost(secure.hostname) || allowPlainHttp(host);
  const origin = plain ? new URL(`http://${address}`) : secure;
  return {
    host,
    origin,
    api: new URL("/v2/", origin),
    allowPlainHttp: (url) =>
      plain && (url.origin === origin.origin || isLoopbackHost(url.hostname) || allowPlainHttp(url.host)),
  };
}

/** A mirror as {@link Endpoint}: logins are looked up for its own host. Only plain http goes on over plain http. */
export function mirrorEndpoint({ api, namespace }: Pick<Endpoint, "api" | "namespace">): Endpoint {
  return {
    host: api.host,
    origin: new URL(api.origin),
    api,
    namespace,
    allowPlainHttp: (url) => api.protocol === "http:" && url.origin === api.origin,
  };
}
