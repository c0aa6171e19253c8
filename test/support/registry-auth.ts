import { randomUUID } from "node:crypto";
import type { Wrap } from "./http-server.ts";
import { errorResponse, jsonResponse } from "./registry-handler.ts";

/** Who is let in. */
export interface Login {
  readonly user: string;
  readonly password: string;
}

/** Answers 401 unless the request carries this login (RFC 7617). */
export function requireBasic(login: Login): Wrap {
  return (handler) => async (request) =>
    isLogin(request, login) ? handler(request) : unauthorized('Basic realm="registry"');
}

/** How tokens are handed out. */
export interface TokenOptions {
  /** Where, on the registry's own origin: `/token`. */
  readonly realmPath: string;
  readonly service: string;
  /** Who gets a token. Default: anyone. */
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}

/**
 * The registry token protocol of distribution ("Token Authentication Specification"): a request without a token that
 * was granted for its repository and action is sent to `realmPath` for one. Tokens are opaque.
 */
export function requireToken({ realmPath, service, user, password = "" }: TokenOptions): Wrap {
  const granted = new Map<string, readonly string[]>();
  return (handler) => async (request) => {
    const url = new URL(request.url);
    if (url.pathname === realmPath) {
      if (user !== undefined && !isLogin(request, { user, password }))
        return unauthorized(`Basic realm="${service}"`);
      const token = randomUUID();
      granted.set(
        token,
        url.searchParams.getAll("scope").flatMap((scopes) => scopes.split(" ")),
      );
      return jsonResponse(200, { token, expires_in: 300 });
    }
    const scope = scopeOf(request.method, url.pathname);
    const token = /^Bearer (.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
    if (covers(granted.get(token), scope)) return handler(request);
    const challenge = `Bearer realm="${new URL(realmPath, url).href}",service="${service}"`;
    return unauthorized(scope === undefined ? challenge : `${challenge},scope="${scope}"`);
  };
}

/** The scope that a request needs; `undefined` where any token will do. */
function scopeOf(method: string, path: string): string | undefined {
  const name = /^\/v2\/(.+)\/(?:blobs|manifests|tags)\//.exec(path)?.[1];
  if (name === undefined) return undefined;
  return `repository:${name}:${method === "GET" || method === "HEAD" ? "pull" : "pull,push"}`;
}

function covers(granted: readonly string[] | undefined, scope: string | undefined): boolean {
  if (granted === undefined || scope === undefined) return granted !== undefined;
  return granted.some((one) => one === scope || one === scope.replace(/:pull$/, ":pull,push"));
}

function isLogin(request: Request, { user, password }: Login): boolean {
  const credentials = Buffer.from(`${user}:${password}`).toString("base64");
  return request.headers.get("authorization") === `Basic ${credentials}`;
}

function unauthorized(challenge: string): Response {
  return errorResponse(401, "UNAUTHORIZED", "authentication required", { "www-authenticate": challenge });
}
