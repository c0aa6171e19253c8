import { printable } from "../../core/index.ts";
import { scopesOf } from "../access.ts";
import type { Way } from "./answer.ts";
import type { Challenge } from "./challenge.ts";
import type { RegistryRequest } from "./exchange.ts";

/** How a registry's demand for a login was met. Nothing in it is secret; texts from outside are printable. */
export interface AccessReport {
  /** The registry, as it stands in a reference. */
  readonly host: string;
  /** `undefined` for a question about the registry as a whole. */
  readonly repository: string | undefined;
  readonly scheme: string;
  /** The token service, and what it calls the registry; `undefined` where there is none. */
  readonly realm: string | undefined;
  readonly service: string | undefined;
  /** What a token was asked for; `undefined` where none was. */
  readonly scope: string | undefined;
  readonly isAccepted: boolean;
  /** When the token that was given expires, in milliseconds since 1970; `undefined` where none was. */
  readonly expiresAt: number | undefined;
  /** Where the login that was accepted comes from, and its user; `undefined` when it was none, but anonymous access. */
  readonly login: { readonly source: string; readonly username: string } | undefined;
  /** What became of the sources of logins before that one; where none was accepted, of all. */
  readonly tried: readonly string[];
}

/** The report on a challenge that `way` met, maybe by a token that expires, or that nothing did. */
export function reportAccess(
  { scheme, parameters }: Challenge,
  request: RegistryRequest,
  way: Way | undefined,
  tried: readonly string[],
  expiresAt: number | undefined,
): AccessReport {
  const { registry, repository } = request;
  const scopes = scopesOf(request);
  const isBearer = scheme === "bearer";
  const login = way?.scheme === "basic" ? way.login : way?.ask.credential;
  const shown = (name: string): string | undefined => {
    const text = isBearer ? parameters.get(name) : undefined;
    return text === undefined ? undefined : printable(text);
  };
  return {
    host: registry.host,
    repository,
    scheme,
    realm: shown("realm"),
    service: shown("service"),
    scope: isBearer && scopes.length > 0 ? scopes.join(" ") : undefined,
    isAccepted: way !== undefined,
    expiresAt,
    login: login && { source: login.source, username: printable(login.username) },
    // The last line of a grant says what happens should its own login be refused later.
    tried: login === undefined ? tried : tried.slice(0, -1),
  };
}

/** The report in one line. */
export function printAccess({ host, scheme, realm, scope, isAccepted, login, tried }: AccessReport): string {
  const where = realm === undefined ? "" : ` from ${realm}`;
  const what = scope === undefined ? "" : ` for ${scope}`;
  const how = login === undefined ? "anonymously" : `as ${login.username}, by the login in ${login.source}`;
  const before = tried.length === 0 ? "" : ` (${tried.join("; ")})`;
  return `${host} wants ${scheme}${where}${what}: ${isAccepted ? `let in ${how}` : "not let in"}${before}`;
}
