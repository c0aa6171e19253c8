import { type DistError, isDistError } from "../../core/index.ts";
import type { Http } from "../../http/index.ts";
import { failureError } from "../failures.ts";
import { type AccessReport, reportAccess } from "./access-report.ts";
import { planAnswers, type Way } from "./answer.ts";
import { type Challenge, chooseChallenge } from "./challenge.ts";
import { basicAuthorization, type CredentialProvider, isCredential } from "./credentials.ts";
import { type Exchange, isRefused, type RegistryRequest, repositoryKey, sendAuthorized } from "./exchange.ts";
import { createRefusals } from "./refusals.ts";
import { createTokenCache } from "./token-cache.ts";
import { type TokenRequest } from "./token.ts";
import { createWarnOnce } from "./warn-once.ts";

/** Sends requests to registries, authorized as each registry asks for it. */
export interface Authorizer {
  /**
   * Answers a challenge of the registry once: with the first login that it accepts, and anonymously when there is none
   * or all are refused or withheld. What opened a repository is used for the next requests to it from the start; what
   * was refused is not sent again.
   * @throws {DistError} UNAUTHORIZED, FORBIDDEN, RATE_LIMITED, NETWORK when the token service refuses or fails; and
   * what `http` throws
   */
  readonly send: (request: RegistryRequest) => Promise<Exchange>;
}

/** What an {@link Authorizer} needs. */
export interface AuthorizerOptions {
  readonly http: Http;
  readonly credentials: CredentialProvider;
  /** The clock, in milliseconds. */
  readonly now: () => number;
  /** Hears when a login cannot be used, and when all were refused or withheld (CREDENTIALS_SKIPPED). */
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Hears how each challenge was answered. */
  readonly onAccess?: ((report: AccessReport) => void) | undefined;
}

/** What opened a repository, and what to say of the sources of logins when it no longer does. */
interface Grant {
  readonly way: Way;
  readonly tried: readonly string[];
}

/** An {@link Authorizer} that remembers nothing yet. */
export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  const { http, credentials, now, onWarning, onAccess } = options;
  const tokens = createTokenCache(http, now);
  const grants = new Map<string, Grant>();
  const refusals = createRefusals();
  const warn = createWarnOnce(onWarning);

  async function send(request: RegistryRequest): Promise<Exchange> {
    const first = await sendRemembered(request);
    if (first.response.status !== 401 || first.crossedOrigin) return first;
    const challenge = chooseChallenge(first.response.header("www-authenticate") ?? "");
    if (challenge === undefined) {
      const { host } = request.registry;
      return { ...first, tried: [`no login was sent: ${host} asks for one neither by Basic nor by Bearer`] };
    }
    // What is handed on when nothing better comes. Its connection is let go of before the next request.
    const last = { outcome: first };
    grants.delete(repositoryKey(request));
    const report = (tried: readonly string[] = []): void => {
      const way = grants.get(repositoryKey(request))?.way;
      const expiresAt = way?.scheme === "bearer" ? tokens.expiryOf(way.ask) : undefined;
      onAccess?.(reportAccess(challenge, request, way, tried, expiresAt));
    };
    try {
      const exchange = await answerChallenge(challenge, request, last);
      report(exchange.tried);
      return exchange;
    } catch (error) {
      last.outcome.response.discard();
      if (isDistError(error) && error.code !== "ABORTED") {
        report("tried" in error.details ? error.details.tried : []);
      }
      throw error;
    }
  }

  async function answerChallenge(
    challenge: Challenge,
    request: RegistryRequest,
    last: { outcome: Exchange },
  ): Promise<Exchange> {
    const { withLogin, anonymous } = await planAnswers(challenge, request);
    const { registry, repository, tenant } = request;
    const { host } = registry;
    const { signal } = request.http;
    const without: string[] = [];
    const tried: string[] = [];
    const notUsed: string[] = [];
    for await (const offer of credentials.credentialsFor({ host, repository, tenant, signal })) {
      const { source } = offer;
      if (!isCredential(offer)) {
        const { unusable, withheld = unusable } = offer;
        if (withheld === undefined) without.push(source);
        else tried.push(`${source}: ${withheld}`);
        if (unusable !== undefined) warn(`${source}: ${unusable}`);
        continue;
      }
      const way = await withLogin(offer);
      const line = `${source}: ${"withheld" in way ? way.withheld : "refused"}`;
      if (!("withheld" in way) && !refusals.has(offer, way, request)) {
        last.outcome.response.discard();
        const outcome = await attempt({ way, tried: [...tried, line] }, request);
        const isError = isDistError(outcome);
        if (!isError && !isRefused(outcome)) return outcome;
        if (!isError) last.outcome = outcome;
        refusals.add(offer, way, request, isError && outcome.code !== "FORBIDDEN");
      }
      tried.push(line);
      notUsed.push(line);
    }
    if (without.length > 0) tried.push(`no login for ${host} in ${without.join(", ")}`);
    if (anonymous === undefined) return { ...last.outcome, tried };
    last.outcome.response.discard();
    if (notUsed.length > 0) warn(`asked ${host} anonymously: ${notUsed.join("; ")}`);
    return sendBy({ way: anonymous, tried }, request);
  }

  /** Sends with what is at hand, so that asking for a token always answers a challenge. */
  function sendRemembered(request: RegistryRequest): Promise<Exchange> {
    const grant = grants.get(repositoryKey(request));
    return grant !== undefined && isAtHand(grant)
      ? sendBy(grant, request)
      : sendAuthorized(http, request, { isLogin: false, tried: [] });
  }

  function isAtHand({ way }: Grant): boolean {
    return way.scheme === "basic" || tokens.peek(way.ask) !== undefined;
  }

  /** Sends by a way that may be refused: by the registry, or by its token service. */
  async function attempt(grant: Grant, request: RegistryRequest): Promise<Exchange | DistError> {
    try {
      return await sendBy(grant, request);
    } catch (error) {
      if (isDistError(error, "UNAUTHORIZED") || isDistError(error, "FORBIDDEN")) return error;
      // So OAuth2 refuses a token (RFC 6749, section 5.2).
      if (isDistError(error, "NETWORK") && error.details.status === 400) return error;
      throw error;
    }
  }

  async function sendBy(grant: Grant, request: RegistryRequest): Promise<Exchange> {
    const { way, tried } = grant;
    const exchange =
      way.scheme === "basic"
        ? await sendAuthorized(http, request, { header: basicAuthorization(way.login), isLogin: true, tried })
        : await sendWithToken(way.ask, tried, request);
    const key = repositoryKey(request);
    if (isRefused(exchange)) grants.delete(key);
    else grants.set(key, grant);
    return exchange;
  }

  async function sendWithToken(
    ask: TokenRequest,
    tried: readonly string[],
    request: RegistryRequest,
  ): Promise<Exchange> {
    const isLogin = ask.credential !== undefined;
    const answer = await tokens.get(ask, request.http.signal);
    if ("failure" in answer) {
      const { reference, registry, tenant } = request;
      throw failureError(answer.failure, {
        reference,
        registry: registry.host,
        tenant,
        access: request,
        server: "token service",
        credentialsSent: isLogin,
        tried,
      });
    }
    const header = `Bearer ${answer.token.reveal()}`;
    const exchange = await sendAuthorized(http, request, { header, isLogin, tried });
    if (isRefused(exchange)) tokens.forget(ask, answer.token);
    return exchange;
  }

  return { send };
}
