import { isJsonObject, type JsonObject, printable } from "../../core/index.ts";
import type { Credential } from "./credentials.ts";
import { Secret } from "./secret.ts";

/** What a config file says about one host. */
export type DockerConfigEntry =
  | { readonly login: Credential }
  /** Why the login cannot be used, to follow on "the login for …". */
  | { readonly unusable: string };

/**
 * What Docker's `config.json`, or Podman's `auth.json`, says about each host (as {@link normalHost} spells it): the
 * logins under `auths`, and which ones a credential helper keeps. `source` names the file in each login. Parts of the
 * file that are none of this are passed over.
 */
export function parseDockerConfig(
  config: JsonObject,
  source: string,
): ReadonlyMap<string, DockerConfigEntry> {
  const entries = new Map<string, DockerConfigEntry>();
  const store = config["credsStore"];
  for (const [key, value] of objectEntries(config["auths"])) {
    const host = hostOfKey(key);
    // Of several spellings of one host, the bare one counts, else the first.
    if (host === undefined || (entries.has(host) && key !== host)) continue;
    // `docker login` leaves an empty entry for each login that the store keeps.
    const entry = entryOf(value, source) ?? (typeof store === "string" ? inHelper(store) : undefined);
    if (entry !== undefined) entries.set(host, entry);
  }
  for (const [key, helper] of objectEntries(config["credHelpers"])) {
    const host = hostOfKey(key);
    if (host !== undefined && typeof helper === "string") entries.set(host, inHelper(helper));
  }
  return entries;
}

function inHelper(name: string): DockerConfigEntry {
  return { unusable: `is kept by docker-credential-${printable(name)}, and helpers are not supported yet` };
}

/** The login in one entry of `auths`; `undefined` when it holds none. */
function entryOf(value: unknown, source: string): DockerConfigEntry | undefined {
  if (!isJsonObject(value)) return { unusable: "is malformed" };
  const { auth, username, password, identitytoken } = value;
  if (isFilled(identitytoken)) {
    return { unusable: "is an identity token, and these are not supported yet" };
  }
  if (isFilled(auth)) return loginOf(Buffer.from(auth, "base64").toString(), source);
  if (isFilled(username) && isFilled(password)) {
    return username.includes(":") ? { unusable: "is malformed" } : loginOf(`${username}:${password}`, source);
  }
  return undefined;
}

/** The login that `username:password` spells (RFC 7617: no control characters, no colon in the name). */
function loginOf(text: string, source: string): DockerConfigEntry {
  const colon = text.indexOf(":");
  if (colon < 1 || colon === text.length - 1 || /[\p{Cc}\ufffd]/u.test(text)) {
    return { unusable: "is malformed" };
  }
  return {
    login: { username: text.slice(0, colon), password: new Secret(text.slice(colon + 1)), source },
  };
}

function isFilled(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function objectEntries(value: unknown): readonly (readonly [string, unknown])[] {
  return isJsonObject(value) ? Object.entries(value) : [];
}

/** The host that a key of `auths` is for; `undefined` for Podman's keys that name a part of a registry only. */
function hostOfKey(key: string): string | undefined {
  const host = /^(?:https?:\/\/)?([^/]+)(?:\/(?:v[12]\/?)?)?$/.exec(key)?.[1];
  return host === undefined ? undefined : normalHost(host);
}

/** Hosts are compared in lower case; Docker Hub has three names. */
export function normalHost(host: string): string {
  const lower = host.toLowerCase();
  return lower === "index.docker.io" || lower === "registry-1.docker.io" ? "docker.io" : lower;
}
