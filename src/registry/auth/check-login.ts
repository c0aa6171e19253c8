import { DistError, isDistError, type OciName, printable } from "../../core/index.ts";
import type { Http } from "../../http/index.ts";
import { endpointOf } from "../endpoint.ts";
import { createAuthorizer } from "./authorizer.ts";
import type { Credential } from "./credentials.ts";
import { maxMetadataRedirects } from "./token.ts";

/** What {@link checkLogin} needs. */
export interface CheckLoginOptions {
  readonly http: Http;
  /** As it stands in a reference. */
  readonly host: string;
  readonly credential: Credential;
  /** Whether plain http may be spoken to this host. Loopback needs no permission. */
  readonly allowPlainHttp: (host: string) => boolean;
  /** The clock, in milliseconds. */
  readonly now: () => number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks a registry whether it knows a login (distribution-spec v1.1, "Determining Support": `GET /v2/`). Returns
 * `false` when it asks for none, so that nothing is known.
 * @throws {DistError} UNAUTHORIZED when the login is refused, or may not be sent; NOT_FOUND when there is no registry;
 * and what `http` throws
 */
export async function checkLogin(options: CheckLoginOptions): Promise<boolean> {
  const { http, host, credential, allowPlainHttp, now, signal } = options;
  const name: OciName = { registry: host, repository: "x", tag: "x", digest: undefined };
  const registry = endpointOf(name, allowPlainHttp);
  const url = new URL("/v2/", registry.origin);
  const credentials = {
    async *credentialsFor() {
      yield credential;
    },
  };
  try {
    const exchange = await createAuthorizer({ http, credentials, now }).send({
      registry,
      repository: undefined,
      http: { method: "GET", url, signal },
      maxRedirects: maxMetadataRedirects,
      reference: host,
    });
    const { response, credentialsSent, tried } = exchange;
    response.discard();
    const { status } = response;
    if (status === 200 && credentialsSent) return true;
    if (status === 200 && tried.length === 0) return false;
    if (status === 200 || status === 401 || status === 403) throw refused(host, credential, tried);
    throw new DistError(
      status === 404 ? "NOT_FOUND" : "NETWORK",
      `${host} answered ${status} to GET /v2/, expected 200 or 401`,
      { method: "GET", url: printable(url.href), status },
      { hint: "check that this is the host of a registry, without a path" },
    );
  } catch (error) {
    if (!isDistError(error, "UNAUTHORIZED") && !isDistError(error, "FORBIDDEN")) throw error;
    const { tried } = error.details;
    // Without it nobody was asked.
    if (tried === undefined) throw error;
    throw refused(host, credential, tried, error);
  }
}

function refused(
  host: string,
  { username, source }: Credential,
  tried: readonly string[],
  cause?: DistError,
): DistError<"UNAUTHORIZED"> {
  const user = `\`${printable(username)}\``;
  const own = tried.find((line) => line.startsWith(`${source}: `))?.slice(source.length + 2);
  const why = own ?? tried[0] ?? "refused";
  return new DistError(
    "UNAUTHORIZED",
    why === "refused"
      ? `${host} refuses the login of ${user}`
      : `the login of ${user} for ${host} is not accepted: ${why}`,
    { tried: [`${source}: ${why}`], credentialsSent: why === "refused" },
    {
      hint: "check the user name and the password; many registries want an access token in place of the password",
      cause,
    },
  );
}
