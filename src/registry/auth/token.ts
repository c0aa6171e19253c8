import { isJsonObject, limits, parseJson } from "../../core/index.ts";
import { type Http, type HttpRequest, readBody, sendFollowing } from "../../http/index.ts";
import { type HttpFailure, malformedAnswer, readFailure } from "../failures.ts";
import { basicAuthorization, type Credential } from "./credentials.ts";
import { Secret } from "./secret.ts";

/** What a token is asked for: reading one repository. */
export interface TokenRequest {
  /** The origin that the token is for. */
  readonly registry: URL;
  readonly realm: URL;
  readonly service: string | undefined;
  readonly repository: string;
  /** `undefined` asks anonymously. */
  readonly credential: Credential | undefined;
  readonly allowPlainHttp: (url: URL) => boolean;
}

/** A token and how long it may be used, in milliseconds; or how the service refused. */
export type TokenAnswer =
  | { readonly token: Secret; readonly lifetimeMs: number }
  | { readonly failure: HttpFailure };

/** Redirects that are followed for metadata. */
export const maxMetadataRedirects = 5;

const minLifetimeSeconds = 60;
const maxLifetimeSeconds = 3600;
const tokenPattern = /^[\x21-\x7e]{1,16384}$/;

/**
 * Asks a token service for a bearer token (distribution, "Token Authentication Specification"). The scope is always
 * that of pulling our own repository, whatever the challenge asked for.
 * @throws {DistError} NETWORK when the answer is no token; and what `http` throws
 */
export async function requestToken(
  http: Http,
  { realm, service, repository, credential, allowPlainHttp }: TokenRequest,
  { now, signal }: { readonly now: () => number; readonly signal: AbortSignal },
): Promise<TokenAnswer> {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set("service", service);
  url.searchParams.set("scope", `repository:${repository}:pull`);
  const headers = credential === undefined ? {} : { authorization: basicAuthorization(credential) };
  const request: HttpRequest = { method: "GET", url, headers, signal, bufferBytes: limits.tokenBytes };
  const answer = await sendFollowing(http, request, { maxRedirects: maxMetadataRedirects, allowPlainHttp });
  if (answer.response.status !== 200) {
    return { failure: await readFailure(answer.response, { method: "GET", url: answer.url }, now()) };
  }
  const grant = parseGrant(await readBody(answer.response, limits.tokenBytes));
  if (grant === undefined) throw malformedAnswer(request, "it is no token");
  return grant;
}

function parseGrant(body: Uint8Array): TokenAnswer | undefined {
  const document = parseJson(body);
  if (!isJsonObject(document)) return undefined;
  const text = [document["token"], document["access_token"]].find(isToken);
  if (text === undefined) return undefined;
  const expiresIn = document["expires_in"];
  const seconds = typeof expiresIn === "number" ? expiresIn : minLifetimeSeconds;
  const lifetime = Math.min(Math.max(seconds, minLifetimeSeconds), maxLifetimeSeconds);
  return { token: new Secret(text), lifetimeMs: lifetime * 1000 };
}

function isToken(value: unknown): value is string {
  return typeof value === "string" && tokenPattern.test(value);
}
