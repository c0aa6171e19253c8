import { type OciName, printable, printOciName } from "../core/index.ts";
import type { Http, HttpRequest } from "../http/index.ts";
import type { Action } from "./access.ts";
import type { AccessReport } from "./auth/access-report.ts";
import { createAuthorizer } from "./auth/authorizer.ts";
import type { CredentialProvider } from "./auth/credentials.ts";
import type { Exchange } from "./auth/exchange.ts";
import { type Endpoint, endpointOf, mirrorEndpoint } from "./endpoint.ts";
import { failureError, readFailure } from "./failures.ts";

/** How one request to a registry runs. */
export interface RegistryCallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Stands in messages for what is pulled: the text as the user typed it. Default: the canonical name. */
  readonly reference?: string | undefined;
  /** Whose saved login comes first: that of a tenant of the store. Default: nobody's. */
  readonly tenant?: string | undefined;
}

/** What a client of registries needs. */
export interface RegistryClientOptions {
  readonly http: Http;
  readonly credentials: CredentialProvider;
  /** Whether plain http may be spoken to this host (and port). Loopback needs no permission. */
  readonly allowPlainHttp: (host: string) => boolean;
  /** The clock, in milliseconds. */
  readonly now: () => number;
  /** Hears why a login was not used (CREDENTIALS_SKIPPED). */
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Hears how a registry's demand for a login was met, once for each. */
  readonly onAccess?: ((report: AccessReport) => void) | undefined;
  /** Asks this mirror for everything. Default: each name's own registry is asked. */
  readonly mirror?: Pick<Endpoint, "api" | "namespace"> | undefined;
}

/** One request about a repository. */
export interface RegistryCall extends Omit<HttpRequest, "url"> {
  readonly name: OciName;
  /** Below the repository; or where the registry itself sent us, on its own origin. */
  readonly path: string | URL;
  /** Statuses that are no failure. */
  readonly accepted: ReadonlySet<number>;
  readonly maxRedirects: number;
  /** Printable. */
  readonly reference: string;
  readonly tenant: string | undefined;
  /** Default: `pull`. */
  readonly action?: Action | undefined;
  /** A repository that a blob is to be taken from. Default: none. */
  readonly mountFrom?: string | undefined;
}

/** Sends requests to registries, as each registry wants them to be authorized. */
export interface RegistryCalls {
  readonly endpointFor: (name: OciName) => Endpoint;
  /**
   * @throws {DistError} UNAUTHORIZED, FORBIDDEN, NOT_FOUND, RATE_LIMITED, NETWORK for a status that is not accepted, with
   * what the registry says of it; and what `http` throws
   */
  readonly send: (call: RegistryCall) => Promise<Exchange>;
}

/** {@link RegistryCalls} that remember what opened a repository. */
export function createRegistryCalls(options: RegistryClientOptions): RegistryCalls {
  const { http, credentials, allowPlainHttp, now, onWarning, onAccess, mirror } = options;
  const authorizer = createAuthorizer({ http, credentials, now, onWarning, onAccess });

  const endpointFor = (name: OciName): Endpoint =>
    mirror === undefined ? endpointOf(name, allowPlainHttp) : mirrorEndpoint(mirror);

  async function send({
    name,
    path,
    accepted,
    maxRedirects,
    reference,
    tenant,
    action,
    mountFrom,
    ...call
  }: RegistryCall): Promise<Exchange> {
    const registry = endpointFor(name);
    const access = { repository: name.repository, action, mountFrom };
    const url = path instanceof URL ? path : new URL(`${name.repository}/${path}`, registry.api);
    if (registry.namespace !== undefined) url.searchParams.set("ns", registry.namespace);
    const exchange = await authorizer.send({
      registry,
      ...access,
      tenant,
      http: { ...call, url },
      maxRedirects,
      reference,
    });
    if (accepted.has(exchange.response.status)) return exchange;
    const { response, credentialsSent, tried } = exchange;
    const failure = await readFailure(response, { method: call.method, url: exchange.url }, now());
    throw failureError(failure, {
      reference,
      registry: registry.host,
      tenant,
      access,
      server: "registry",
      credentialsSent,
      tried,
    });
  }

  return { endpointFor, send };
}

/** How messages name what a call is about. */
export function shownReference(name: OciName, reference: string | undefined): string {
  return printable(reference ?? printOciName(name));
}
