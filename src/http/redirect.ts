import { DistError, printable } from "../core/index.ts";
import { failureDetails } from "./failure.ts";
import type { Http, HttpRequest, HttpResponse } from "./http.ts";
import { isLocalHost } from "./loopback.ts";

/** Which redirects are followed. */
export interface RedirectRules {
  /** How many may be followed; the next one is an error. */
  readonly maxRedirects: number;
  /** Whether a redirect from one http URL may lead to this one. From https none ever leads to http. */
  readonly allowPlainHttp: (url: URL) => boolean;
  /**
   * Whether only redirects within the origin are followed. A POST is then sent again where 307 or 308 ask for it.
   * Default: false.
   */
  readonly sameOrigin?: boolean | undefined;
}

/** A response that is no redirect, and how it was reached. */
export interface FollowedResponse {
  readonly response: HttpResponse;
  /** The URL that answered. */
  readonly url: URL;
  /** Whether any redirect led to another origin: another scheme, host or port. */
  readonly crossedOrigin: boolean;
}

const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Those that keep the method and the body (RFC 9110, section 15.4). */
const repeatingStatuses: ReadonlySet<number> = new Set([307, 308]);

/** What another origin may be told. Everything else, credentials above all, stays where the caller sent it. */
const harmlessHeaders: ReadonlySet<string> = new Set([
  "accept",
  "if-none-match",
  "if-range",
  "range",
  "user-agent",
]);

/**
 * Sends `request` and follows redirects, of GET and HEAD unless the rules say more. On the way to another origin all
 * but harmless headers are dropped, and no later hop gets them back.
 * @throws {DistError} REDIRECT_REFUSED, and what {@link Http.send} throws
 */
export async function sendFollowing(
  http: Http,
  request: HttpRequest,
  rules: RedirectRules,
): Promise<FollowedResponse> {
  let { url, headers } = request;
  let crossedOrigin = false;
  for (let followed = 0; ; followed++) {
    const sent = { ...request, url, headers };
    const response = await http.send(sent);
    if (!redirectStatuses.has(response.status)) return { response, url, crossedOrigin };
    response.discard();
    const location = response.header("location");
    const target = location === undefined ? undefined : targetOf(location, url.href);
    const objection =
      followed === rules.maxRedirects ? tooMany(rules) : objectionTo(sent, response.status, target, rules);
    if (target === undefined || objection !== undefined) {
      throw refusal(sent, response.status, location, objection);
    }
    if (target.origin !== url.origin) {
      crossedOrigin = true;
      headers = harmless(headers);
    }
    url = target;
  }
}

/** Where `location` leads from `base`; `undefined` when it is no URL, or has characters that none has on the wire. */
function targetOf(location: string, base: string): URL | undefined {
  if (!/^[\x21-\x7e]+$/.test(location) || !URL.canParse(location, base)) return undefined;
  const target = new URL(location, base);
  target.hash = "";
  return target;
}

function objectionTo(
  { method, url }: HttpRequest,
  status: number,
  target: URL | undefined,
  rules: RedirectRules,
): string | undefined {
  const isRepeated = rules.sameOrigin === true && repeatingStatuses.has(status);
  if (method !== "GET" && method !== "HEAD" && !isRepeated) return `a ${method} is not sent elsewhere`;
  if (target === undefined) return "its location is missing or malformed";
  if (target.protocol !== "https:" && target.protocol !== "http:") return "only http and https are followed";
  if (target.username !== "" || target.password !== "") return "its location carries credentials";
  if (rules.sameOrigin === true && target.origin !== url.origin) return "it leads to another origin";
  if (target.protocol === "http:" && (url.protocol !== "http:" || !rules.allowPlainHttp(target))) {
    return "it leads to plain http";
  }
  if (isLocalHost(target.hostname) && !isLocalHost(url.hostname)) return "it leads to a local address";
  return undefined;
}

function tooMany(rules: RedirectRules): string {
  return `it is one more than the ${rules.maxRedirects} that are followed`;
}

function refusal(
  request: HttpRequest,
  status: number,
  location: string | undefined,
  objection: string | undefined,
): DistError<"REDIRECT_REFUSED"> {
  const shown = location === undefined ? undefined : printable(location);
  const to = shown === undefined ? "" : ` to ${shown}`;
  return new DistError("REDIRECT_REFUSED", `refused a redirect by ${request.url.host}${to}: ${objection}`, {
    ...failureDetails(request),
    status,
    location: shown,
  });
}

function harmless(headers: HttpRequest["headers"]): HttpRequest["headers"] {
  return Object.fromEntries(Object.entries(headers ?? {}).filter(([name]) => harmlessHeaders.has(name)));
}
