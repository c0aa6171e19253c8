import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf, isJsonObject, type JsonObject, parseJson, printable } from "../../core/index.ts";
import type { Credential, CredentialProvider } from "./credentials.ts";
import { Secret } from "./secret.ts";
import { createWarnOnce } from "./warn-once.ts";

/** What decides which of Docker's config files holds the logins. */
export interface DockerConfigLocations {
  /** `$REGISTRY_AUTH_FILE`: the file itself. */
  readonly registryAuthFile?: string | undefined;
  /** `$DOCKER_CONFIG`: the folder of `config.json`. */
  readonly dockerConfigDir?: string | undefined;
  readonly homeDir: string;
}

/** The file that Docker and Podman keep logins in: the first location that is set, else `~/.docker/config.json`. */
export function dockerConfigPath(locations: DockerConfigLocations): string {
  const { registryAuthFile, dockerConfigDir, homeDir } = locations;
  if (registryAuthFile !== undefined && registryAuthFile !== "") return registryAuthFile;
  if (dockerConfigDir !== undefined && dockerConfigDir !== "") return join(dockerConfigDir, "config.json");
  return join(homeDir, ".docker", "config.json");
}

/** How {@link createDockerCredentials} reads a config file. */
export interface DockerCredentialsOptions {
  readonly path: string;
  /** Hears why a login, or the file, could not be used (CREDENTIALS_SKIPPED), once for each reason. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

const maxBytes = 1_048_576;

/**
 * The logins in a `config.json` of Docker, or an `auth.json` of Podman: what stands under `auths` as `auth`, or as
 * `username` and `password`. The file is read once, when the first login is asked for; without one there are no
 * logins. Logins that a credential helper keeps are not supported yet and skipped with a warning.
 */
export function createDockerCredentials({ path, onWarning }: DockerCredentialsOptions): CredentialProvider {
  const warn = createWarnOnce(onWarning);
  let entries: Promise<ReadonlyMap<string, Entry>> | undefined;
  return {
    async credentialFor(host) {
      entries ??= readEntries(path, warn);
      const entry = (await entries).get(normalHost(host));
      if (entry === undefined || "login" in entry) return entry?.login;
      warn(`the login for ${printable(host)} in ${printable(path)} ${entry.unusable}; it was skipped`);
      return undefined;
    },
    describe: () => [printable(path)],
  };
}

/** What the file says about one host. */
type Entry = { readonly login: Credential } | { readonly unusable: string };

async function readEntries(
  path: string,
  warn: (message: string) => void,
): Promise<ReadonlyMap<string, Entry>> {
  const content = await readConfig(path);
  if (typeof content !== "string") return entriesOf(content, path);
  warn(`the logins in ${printable(path)} were skipped: the file ${content}`);
  return new Map();
}

/** The file's object, an empty one when it is not there, or what is wrong with it. */
async function readConfig(path: string): Promise<JsonObject | string> {
  try {
    // O_NONBLOCK: a FIFO in the file's place must not hold us.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await file.stat();
    if (!stats.isFile()) return "is no regular file";
    if (stats.size > maxBytes) return `is larger than ${maxBytes} bytes`;
    const config = parseJson(await file.readFile());
    return isJsonObject(config) ? config : "is no JSON object";
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return errno === "ENOENT" || errno === "ENOTDIR" ? {} : `cannot be read (${errno})`;
  }
}

function entriesOf(config: JsonObject, path: string): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>();
  const store = config["credsStore"];
  for (const [key, value] of objectEntries(config["auths"])) {
    const host = hostOfKey(key);
    // Of several spellings of one host, the bare one counts, else the first.
    if (host === undefined || (entries.has(host) && key !== host)) continue;
    const entry = entryOf(value, path);
    // `docker login` leaves an empty entry for each login that the store keeps.
    const stored = typeof store === "string" ? inHelper(store) : undefined;
    const chosen = entry ?? stored;
    if (chosen !== undefined) entries.set(host, chosen);
  }
  for (const [key, helper] of objectEntries(config["credHelpers"])) {
    const host = hostOfKey(key);
    if (host !== undefined && typeof helper === "string") entries.set(host, inHelper(helper));
  }
  return entries;
}

function inHelper(name: string): Entry {
  return { unusable: `is kept by docker-credential-${printable(name)}, and helpers are not supported yet` };
}

/** The login in one entry of `auths`; `undefined` when it holds none. */
function entryOf(value: unknown, path: string): Entry | undefined {
  if (!isJsonObject(value)) return { unusable: "is malformed" };
  const { auth, username, password, identitytoken } = value;
  if (isFilled(identitytoken)) {
    return { unusable: "is an identity token, and these are not supported yet" };
  }
  const source = printable(path);
  if (isFilled(auth)) return loginOf(Buffer.from(auth, "base64").toString(), source);
  if (isFilled(username) && isFilled(password)) {
    return username.includes(":") ? { unusable: "is malformed" } : loginOf(`${username}:${password}`, source);
  }
  return undefined;
}

/** The login that `username:password` spells (RFC 7617: no control characters, no colon in the name). */
function loginOf(text: string, source: string): Entry {
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
function normalHost(host: string): string {
  const lower = host.toLowerCase();
  return lower === "index.docker.io" || lower === "registry-1.docker.io" ? "docker.io" : lower;
}
