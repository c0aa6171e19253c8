import type { Http } from "../../http/index.ts";
import type { HttpFailure } from "../failures.ts";
import type { Secret } from "./secret.ts";
import { createSharedRuns } from "./shared-runs.ts";
import { requestToken, type TokenAnswer, type TokenRequest } from "./token.ts";

/** Tokens by what they were asked for, kept in memory until they expire. */
export interface TokenCache {
  /** The token that is held for this request and has not expired. */
  readonly peek: (request: TokenRequest) => Secret | undefined;
  /** When the token that is held for this request expires, in milliseconds since 1970. */
  readonly expiryOf: (request: TokenRequest) => number | undefined;
  /**
   * The token for this request, or how the service refused. Callers that want the same one at the same time share
   * one question; a refusal is not kept.
   * @throws {DistError} NETWORK, TIMEOUT, REDIRECT_REFUSED, ABORTED
   */
  readonly get: (
    request: TokenRequest,
    signal: AbortSignal | undefined,
  ) => Promise<{ readonly token: Secret } | { readonly failure: HttpFailure }>;
  /** Drops a token that the registry no longer takes, unless a newer one has replaced it. */
  readonly forget: (request: TokenRequest, token: Secret) => void;
}

/** An empty {@link TokenCache}. `now` gives milliseconds. */
export function createTokenCache(http: Http, now: () => number): TokenCache {
  const held = new Map<string, { readonly token: Secret; readonly expiresAt: number }>();
  const share = createSharedRuns<TokenAnswer>();

  async function ask(key: string, request: TokenRequest, signal: AbortSignal): Promise<TokenAnswer> {
    // The lifetime counts from before the question: the service's clock started somewhere in between.
    const askedAt = now();
    const answer = await requestToken(http, request, { now, signal });
    if ("failure" in answer) return answer;
    for (const [other, { expiresAt }] of held) if (expiresAt <= askedAt) held.delete(other);
    held.set(key, { token: answer.token, expiresAt: askedAt + answer.lifetimeMs });
    return answer;
  }

  function peek(request: TokenRequest): Secret | undefined {
    const entry = held.get(keyOf(request));
    return entry !== undefined && entry.expiresAt > now() ? entry.token : undefined;
  }

  return {
    peek,
    expiryOf: (request) => held.get(keyOf(request))?.expiresAt,
    async get(request, signal) {
      const token = peek(request);
      if (token !== undefined) return { token };
      const key = keyOf(request);
      return share(key, (shared) => ask(key, request, shared), signal);
    },
    forget(request, token) {
      const key = keyOf(request);
      if (held.get(key)?.token === token) held.delete(key);
    },
  };
}

/** A token is for one registry and one login, even when two registries name the same realm. */
function keyOf({ registry, realm, service, scopes, credential }: TokenRequest): string {
  const login = [credential?.source, credential?.username];
  return JSON.stringify([registry.origin, realm.href, service, scopes, ...login]);
}
