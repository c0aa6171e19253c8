import { type DistError, isJsonObject, limits, parseJson } from "../../core/index.ts";
import { type Http, type HttpRequest, readBody, sendFollowing } from "../../http/index.ts";
import { type HttpFailure, malformedAnswer, readFailure } from "../failures.ts";
import { basicAuthorization, type Credential } from "./credentials.ts";
import { Secret } from "./secret.ts";

/** What a token is asked for. */
export interface TokenRequest {
  /** The origin that the token is for. */
  readonly registry: URL;
  readonly realm: URL;
  readonly service: string | undefined;
  /** None asks for a token that opens no repository: whether a login is good. */
  readonly scopes: readonly string[];
  /** `undefined` asks anonymously. */
  readonly credential: Credential | undefined;
  readonly allowPlainHttp: (url: URL) => boolean;
}

/** A token and how long it may be used, in milliseconds; or how the service refused. */
export type TokenAnswer =
  | { readonly token: Secret; readonly lifetimeMs: number }
  | { readonly failure: HttpFailure };

/** How a token is asked for. */
interface TokenCall {
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** Redirects that are followed for metadata. */
export const maxMetadataRedirects = 5;

const minLifetimeSeconds = 60;
const maxLifetimeSeconds = 3600;
const tokenPattern = /^[\x21-\x7e]{1,16384}$/;

/** By these a token service says that it does not take identity tokens by POST. */
const noPost: ReadonlySet<number> = new Set([404, 405, 501]);

/**
 * Asks a token service for a bearer token (distribution, "Token Authentication Specification"): with a login by GET,
 * with an identity token by POST ("OAuth2 Token Authentication"), and by GET where that is not offered. The scopes are
 * always those of what we want to do, whatever the challenge asked for.
 * @throws {DistError} NETWORK when the answer is no token; and what `http` throws
 */
export async function requestToken(http: Http, request: TokenRequest, call: TokenCall): Promise<TokenAnswer> {
  const { credential, service, scopes } = request;
  if (credential?.isIdentityToken) {
    const answer = await send(http, refreshRequest(request, credential), request, call);
    if (!("failure" in answer) || !noPost.has(answer.failure.status)) return answer;
  }
  const url = new URL(request.realm);
  if (service !== undefined) url.searchParams.set("service", service);
  if (scopes.length > 0) url.searchParams.delete("scope");
  for (const scope of scopes) url.searchParams.append("scope", scope);
  const headers = credential === undefined ? {} : { authorization: basicAuthorization(credential) };
  return send(http, { method: "GET", url, headers }, request, call);
}

function refreshRequest({ realm, service, scopes }: TokenRequest, { password }: Credential): HttpRequest {
  const form = new URLSearchParams({ grant_type: "refresh_token", client_id: "greentic-dist" });
  if (service !== undefined) form.set("service", service);
  if (scopes.length > 0) form.set("scope", scopes.join(" "));
  form.set("refresh_token", password.reveal());
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return { method: "POST", url: realm, headers, body: Buffer.from(form.toString()) };
}

async function send(
  http: Http,
  request: HttpRequest,
  { allowPlainHttp }: TokenRequest,
  { now, signal }: TokenCall,
): Promise<TokenAnswer> {
  const rules = { maxRedirects: maxMetadataRedirects, allowPlainHttp };
  const { response, url } = await sendFollowing(
    http,
    { ...request, signal, bufferBytes: limits.tokenBytes },
    rules,
  );
  if (response.status !== 200) {
    return { failure: await readFailure(response, { method: request.method, url }, now()) };
  }
  const tooLarge = (): DistError =>
    malformedAnswer(request, `it has more than ${limits.tokenBytes} bytes, which no token has`);
  const grant = parseGrant(await readBody(response, limits.tokenBytes, tooLarge));
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
