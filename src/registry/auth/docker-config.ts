import { isJsonObject, type JsonObject, normalHost } from "../../core/index.ts";
import type { Credential } from "./credentials.ts";
import { Secret } from "./secret.ts";

/** A login as it stands in a file, or why it cannot be used. */
export type StoredLogin = Omit<Credential, "source"> | { readonly unusable: string };

/** What a file says of logins; see {@link parseDockerConfig}. */
export interface DockerConfig {
  /** The logins in the file itself, by {@link normalKey}: of a registry, or of a part of one. */
  readonly logins: ReadonlyMap<string, StoredLogin>;
  /** The names of the helpers that keep logins for one host each. */
  readonly helpers: ReadonlyMap<string, string>;
  /** The name of the helper that keeps all others. */
  readonly store: string | undefined;
  /** The logins of tenants of the store, by name; only our own file has them. */
  readonly tenants: ReadonlyMap<string, StoredLogin>;
}

/** The user name under which helpers, and files, keep an identity token. */
export const identityTokenUser = "<token>";

/**
 * What Docker's `config.json`, Podman's `auth.json` or our own file says of logins. Parts of the file that are none
 * of this are passed over.
 */
export function parseDockerConfig(config: JsonObject): DockerConfig {
  const logins = new Map<string, StoredLogin>();
  for (const [text, value] of objectEntries(config["auths"])) {
    const key = normalKey(text);
    // Of several spellings of one host the bare one counts, else the first.
    if (key === undefined || (logins.has(key) && text !== key)) continue;
    const login = loginOf(value);
    if (login !== undefined) logins.set(key, login);
  }
  const helpers = new Map<string, string>();
  for (const [text, name] of objectEntries(config["credHelpers"])) {
    const key = normalKey(text);
    if (key !== undefined && isFilled(name)) helpers.set(key, name);
  }
  const store = config["credsStore"];
  const tenants = objectEntries(config["tenants"]).flatMap(([name, value]) => {
    const login = loginOf(value);
    return login === undefined ? [] : [[name, login] as const];
  });
  return { logins, helpers, store: isFilled(store) ? store : undefined, tenants: new Map(tenants) };
}

/** The login in one entry; `undefined` when it holds none: `docker login` leaves such for what a helper keeps. */
function loginOf(value: unknown): StoredLogin | undefined {
  if (!isJsonObject(value)) return malformed;
  const { auth, username, password, identitytoken } = value;
  const login = isFilled(auth)
    ? parseLogin(Buffer.from(auth, "base64").toString())
    : isFilled(username) && isFilled(password)
      ? loginFrom(username, password)
      : undefined;
  if (!isFilled(identitytoken)) return login;
  // Its user name counts only where the token service wants it as a password.
  const user = /^([^:\p{Cc}]+):/u.exec(isFilled(auth) ? Buffer.from(auth, "base64").toString() : "")?.[1];
  return loginFrom(user ?? identityTokenUser, identitytoken, true);
}

const malformed = { unusable: "the login is malformed" } as const;

/** The login that `username:password` spells. */
function parseLogin(text: string): StoredLogin {
  const colon = text.indexOf(":");
  if (colon < 1) return malformed;
  const [username, password] = [text.slice(0, colon), text.slice(colon + 1)];
  return loginFrom(username, password, username === identityTokenUser);
}

/** A login of these parts (RFC 7617: no control characters, no colon in the name), or that they make none. */
export function loginFrom(username: string, password: string, isIdentityToken = false): StoredLogin {
  if (username === "" || password === "" || /[:\p{Cc}\ufffd]/u.test(username)) return malformed;
  if (/[\p{Cc}\ufffd]/u.test(password)) return malformed;
  return { username, password: new Secret(password), isIdentityToken };
}

function isFilled(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function objectEntries(value: unknown): readonly (readonly [string, unknown])[] {
  return isJsonObject(value) ? Object.entries(value) : [];
}

/**
 * What a key of `auths` is for: a host, or as Podman has it a host and the beginning of a repository's path. Docker
 * also writes addresses.
 */
export function normalKey(key: string): string | undefined {
  const [, host, path = ""] = /^(?:https?:\/\/)?([^/]+)(?:\/(?:v[12]\/?)?|\/(.+?)\/*)?$/.exec(key) ?? [];
  if (host === undefined) return undefined;
  return path === "" ? normalHost(host) : `${normalHost(host)}/${path}`;
}
