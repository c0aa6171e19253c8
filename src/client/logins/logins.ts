import { DistError } from "../../core/index.ts";
import { createNetwork } from "../network/network.ts";
import { openRetrier } from "../network/open-retrier.ts";
import { type DistClientOptions, resolveSettings } from "../settings/settings.ts";
import { helperFor, type KnownLogin, listLogins, loginsFor, storeHost } from "./known-logins.ts";
import type { LoginTarget } from "./login-target.ts";
import { type NewLogin, removeOwnLogin, saveOwnLogin } from "./own-logins.ts";

/** Where a login was stored. */
export interface SavedLogin {
  /** The path of a file, or the name of a helper program. */
  readonly storedIn: string;
  /** Whether it can be read there by this user, and by whatever reads this user's files. */
  readonly isPlaintext: boolean;
  /** Whether the registry accepted it. A tenant's login is not checked, nor where a registry asks for none. */
  readonly isChecked: boolean;
}

/** What became of a login. */
export interface RemovedLogin {
  /** The files and helpers that had it, and no longer do. */
  readonly removedFrom: readonly string[];
  /** What other sources still have: other programs' files, and variables. */
  readonly left: readonly KnownLogin[];
}

/** The logins of this user: those of Docker and Podman, and our own. */
export interface Logins extends AsyncDisposable {
  /**
   * Asks the registry whether it accepts a login, and stores it: in the helper that is configured for the registry, else
   * in our own file. A tenant's is stored as it is.
   * @throws {DistError} INVALID_INPUT, UNAUTHORIZED when it is refused, OFFLINE; INVALID_CONFIG, IO, DISK_FULL when it
   * cannot be stored
   */
  readonly logIn: (target: LoginTarget, login: NewLogin, signal?: AbortSignal) => Promise<SavedLogin>;
  /**
   * Removes a login from the helper that is configured for the registry, and from our own file.
   * @throws {DistError} INVALID_CONFIG, IO, DISK_FULL
   */
  readonly logOut: (target: LoginTarget, signal?: AbortSignal) => Promise<RemovedLogin>;
  /** What each source has for a registry, a repository there or a tenant, in the order in which they are tried. */
  readonly loginsFor: (
    target: LoginTarget,
    repository?: string,
    signal?: AbortSignal,
  ) => Promise<readonly KnownLogin[]>;
  /** All logins that are known, of hosts, of parts of them, and of tenants. */
  readonly list: (signal?: AbortSignal) => Promise<readonly KnownLogin[]>;
}

/** The {@link Logins} that options and variables lead to. */
export async function openLogins(options: DistClientOptions = {}): Promise<Logins> {
  const settings = resolveSettings(options);
  const network = createNetwork(settings, openRetrier(settings));
  const registry = await import("../../registry/index.ts");
  const sources = await settings.logins();
  const read = () => registry.createCredentials(sources);

  async function logIn(target: LoginTarget, login: NewLogin, signal?: AbortSignal): Promise<SavedLogin> {
    const { username, password } = login;
    if ("unusable" in registry.loginFrom(username, password)) throw malformed();
    const path = ownFile(sources.ownFile);
    if ("tenant" in target) {
      await saveOwnLogin(path, "tenants", target.tenant, login);
      return { storedIn: path, isPlaintext: true, isChecked: false };
    }
    const { host } = target;
    const isChecked = await isAccepted(host, login, signal);
    const known = read();
    const helper = await helperFor(known, host);
    if (helper !== undefined) refuseBroken(await known.helpers.store(helper, host, login, signal));
    // No older one, in another spelling of the host, is to come before it.
    await removeHost(path, host);
    if (helper !== undefined) {
      return { storedIn: `docker-credential-${helper}`, isPlaintext: false, isChecked };
    }
    await saveOwnLogin(path, "auths", host, login);
    return { storedIn: path, isPlaintext: true, isChecked };
  }

  async function isAccepted(host: string, login: NewLogin, signal?: AbortSignal): Promise<boolean> {
    const { offline, now } = settings;
    if (offline) throw offlineError(host);
    return registry.checkLogin({
      http: await network.http(),
      host,
      credential: { ...login, password: new registry.Secret(login.password), source: "login" },
      allowPlainHttp: await network.allowPlainHttp(),
      now,
      signal,
    });
  }

  async function logOut(target: LoginTarget, signal?: AbortSignal): Promise<RemovedLogin> {
    const path = ownFile(sources.ownFile);
    if ("tenant" in target) {
      const isRemoved = await removeOwnLogin(path, "tenants", (name) => name === target.tenant);
      return { removedFrom: isRemoved ? [path] : [], left: [] };
    }
    const { host } = target;
    const { helpers, ...known } = read();
    const removedFrom: string[] = [];
    const helper = await helperFor({ helpers, ...known }, host);
    const kept = helper === undefined ? undefined : await helpers.get(helper, host, signal);
    if (helper !== undefined && kept !== undefined) {
      refuseBroken(await helpers.erase(helper, host, signal));
      removedFrom.push(`docker-credential-${helper}`);
    }
    if (await removeHost(path, host)) removedFrom.push(path);
    const left = await loginsFor(read(), { host, signal });
    return { removedFrom, left: left.filter(({ username }) => username !== undefined) };
  }

  const removeHost = (path: string, host: string): Promise<boolean> =>
    removeOwnLogin(path, "auths", (key) => registry.normalKey(key) === host);

  return {
    logIn,
    logOut,
    loginsFor: (target, repository, signal) =>
      loginsFor(read(), { host: storeHost, ...target, repository, signal }),
    list: (signal) => listLogins(read(), sources, signal),
    [Symbol.asyncDispose]: () => network.close(),
  };
}

function ownFile(path: string | undefined): string {
  if (path !== undefined) return path;
  const hint = "set HOME, or XDG_CONFIG_HOME";
  throw new DistError("INVALID_CONFIG", "nothing says where this user's settings lie", {}, { hint });
}

function malformed(): DistError<"INVALID_INPUT"> {
  return new DistError(
    "INVALID_INPUT",
    "the login is malformed: a user name or password is empty, or has characters that none can have",
    {},
    { hint: "a user name has no colon, and neither has control characters" },
  );
}

function offlineError(host: string): DistError<"OFFLINE"> {
  const hint = "leave --offline out, and unset GREENTIC_DIST_OFFLINE";
  const message = `offline mode forbids asking ${host} whether it accepts the login`;
  return new DistError("OFFLINE", message, { reference: host }, { hint });
}

function refuseBroken(failure: string | undefined): void {
  if (failure === undefined) return;
  const hint =
    "mend the helper, or take it out of the file that names it: `greentic-dist auth status` says which";
  throw new DistError("INVALID_CONFIG", failure, {}, { hint });
}
