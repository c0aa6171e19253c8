import { type Http, type HttpRequest, type HttpResponse, sendFollowing } from "../../http/index.ts";
import { type Access, scopesOf } from "../access.ts";
import type { Endpoint } from "../endpoint.ts";

/** A request to a registry, before anything is known of how it wants to be authorized. */
export interface RegistryRequest extends Access {
  readonly registry: Endpoint;
  /** Whose saved login comes first; see `CredentialTarget`. */
  readonly tenant?: string | undefined;
  readonly http: HttpRequest;
  readonly maxRedirects: number;
  /** What is pulled, as messages name it; printable. */
  readonly reference: string;
}

/** How one request was authorized. */
export interface Authorization {
  /** The value of the header. Default: none is sent. */
  readonly header?: string | undefined;
  /** Whether it is a login, or a token that was given for one. */
  readonly isLogin: boolean;
  /** What became of each source of logins, if the answer is a refusal; empty when none was asked for. */
  readonly tried: readonly string[];
}

/** An answer to a {@link RegistryRequest}, whatever its status. */
export interface Exchange {
  readonly response: HttpResponse;
  /** Where it came from in the end. */
  readonly url: URL;
  /** Whether a redirect led away from the registry's origin. */
  readonly crossedOrigin: boolean;
  /** Whether what answered was sent a login, or a token that was given for one. */
  readonly credentialsSent: boolean;
  /** See {@link Authorization}. */
  readonly tried: readonly string[];
}

/** Sends `request` once with this authorization; redirects to other origins go on without it. */
export async function sendAuthorized(
  http: Http,
  { http: request, registry, maxRedirects }: RegistryRequest,
  { header, isLogin, tried }: Authorization,
): Promise<Exchange> {
  const headers = header === undefined ? request.headers : { ...request.headers, authorization: header };
  const rules = { maxRedirects, allowPlainHttp: registry.allowPlainHttp };
  const answer = await sendFollowing(http, { ...request, headers }, rules);
  return { ...answer, credentialsSent: isLogin && !answer.crossedOrigin, tried };
}

/** Whether the registry itself refuses; what a redirect led to knows nothing of the registry's logins. */
export function isRefused({ response: { status }, crossedOrigin }: Exchange): boolean {
  return !crossedOrigin && (status === 401 || status === 403);
}

/** What logins and tokens are kept by: what may be done in one repository, as one tenant sees it. */
export function repositoryKey(request: RegistryRequest): string {
  const { registry, tenant } = request;
  return JSON.stringify([registry.origin.origin, scopesOf(request), tenant]);
}
