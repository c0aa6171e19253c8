import { isDistError } from "../../core/index.ts";
import type { Http } from "../../http/index.ts";
import { failureError } from "../failures.ts";
import { planAnswer, type Way } from "./answer.ts";
import { chooseChallenge } from "./challenge.ts";
import { basicAuthorization, type CredentialProvider } from "./credentials.ts";
import { type Exchange, isRefused, type RegistryRequest, sendAuthorized } from "./exchange.ts";
import { createTokenCache } from "./token-cache.ts";
import type { TokenRequest } from "./token.ts";
import { createWarnOnce } from "./warn-once.ts";

/** Sends requests to registries, authorized as each registry asks for it. */
export interface Authorizer {
  /**
   * Answers a challenge of the registry once: with the stored login, and anonymously when there is none or it is
   * refused or withheld. What opened a repository is used for the next requests to it from the start.
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
  /** Hears when a stored login was refused or withheld and the registry is asked anonymously (CREDENTIALS_SKIPPED). */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** What opened a repository, and what to say of the sources of logins when it no longer does. */
interface Grant {
  readonly way: Way;
  readonly tried: readonly string[];
}

/** An {@link Authorizer} that remembers nothing yet. */
export function createAuthorizer({ http, credentials, now, onWarning }: AuthorizerOptions): Authorizer {
  const tokens = createTokenCache(http, now);
  const grants = new Map<string, Grant>();
  const warn = createWarnOnce(onWarning);

  async function send(request: RegistryRequest): Promise<Exchange> {
    const first = await sendRemembered(request);
    if (first.response.status !== 401 || first.crossedOrigin) return first;
    const challenge = chooseChallenge(first.response.header("www-authenticate") ?? "");
    if (challenge === undefined) return first;
    const { ways, tried } = await planAnswer(challenge, request, credentials, warn).catch(
      (error: unknown) => {
        first.response.discard();
        throw error;
      },
    );
    const [best, fallback] = ways;
    if (best === undefined) return { ...first, tried };
    first.response.discard();
    if (fallback === undefined) return sendBy({ way: best, tried }, request);
    const exchange = await sendUnlessRefused({ way: best, tried }, request);
    if (exchange !== undefined) return exchange;
    warn(`asked ${request.registry.host} anonymously: ${tried.join("; ")}`);
    return sendBy({ way: fallback, tried }, request);
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

  async function sendUnlessRefused(grant: Grant, request: RegistryRequest): Promise<Exchange | undefined> {
    try {
      const exchange = await sendBy(grant, request);
      if (!isRefused(exchange)) return exchange;
      exchange.response.discard();
    } catch (error) {
      if (!isDistError(error, "UNAUTHORIZED") && !isDistError(error, "FORBIDDEN")) throw error;
    }
    return undefined;
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
      const { reference, registry } = request;
      throw failureError(answer.failure, {
        reference,
        registry: registry.host,
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

function repositoryKey({ registry, repository }: RegistryRequest): string {
  return `${registry.origin.origin}/${repository}`;
}
