import { isJsonObject, parseJson } from "../../core/index.ts";
import { identityTokenUser, loginFrom, normalKey, type StoredLogin } from "./docker-config.ts";
import { runHelper } from "./run-helper.ts";
import { createSharedRuns } from "./shared-runs.ts";

/** What a helper has for a host: a login, nothing, or why it cannot be used. */
export type HelperAnswer = StoredLogin | undefined;

/** Docker's credential helpers, programs that keep logins (docker-credential-helpers, "Development"). */
export interface CredentialHelpers {
  /** The login that the helper of this name keeps for a host; one that was asked a minute ago is not asked again. */
  readonly get: (name: string, host: string, signal: AbortSignal | undefined) => Promise<HelperAnswer>;
  /** Lets the helper keep a login; what it answers is why it did not. */
  readonly store: (
    name: string,
    host: string,
    login: { readonly username: string; readonly password: string },
    signal: AbortSignal | undefined,
  ) => Promise<string | undefined>;
  /** Lets the helper forget a login; what it answers is why it did not. */
  readonly erase: (
    name: string,
    host: string,
    signal: AbortSignal | undefined,
  ) => Promise<string | undefined>;
  /** The hosts that the helper keeps logins for; none when it does not say. */
  readonly list: (name: string, signal: AbortSignal | undefined) => Promise<readonly string[]>;
}

/** What a {@link CredentialHelpers} needs. */
export interface CredentialHelpersOptions {
  /** The whole environment of helpers; `PATH` says where they are. */
  readonly env: Readonly<Record<string, string>>;
  /** The clock, in milliseconds. */
  readonly now: () => number;
  /** How long a helper may take, in milliseconds. Default: 30,000. */
  readonly timeoutMs?: number | undefined;
}

const freshMs = 60_000;
/** Under which name Docker keeps the login for Docker Hub. */
const dockerHubKey = "https://index.docker.io/v1/";

/** A {@link CredentialHelpers} that has asked nobody yet. */
export function createHelpers({ env, now, timeoutMs = 30_000 }: CredentialHelpersOptions): CredentialHelpers {
  const share = createSharedRuns<HelperAnswer>();
  const held = new Map<string, { readonly answer: HelperAnswer; readonly at: number }>();

  async function ask(name: string, host: string, signal: AbortSignal): Promise<HelperAnswer> {
    const keys = host === "docker.io" ? [dockerHubKey, host] : [host];
    for (const key of keys) {
      const outcome = await runHelper({ name, action: "get", input: key, env, timeoutMs, signal });
      if ("failure" in outcome) return { unusable: outcome.failure };
      const answer = outcome.output === undefined ? undefined : readLogin(outcome.output, name, host);
      if (answer !== undefined) return answer;
    }
    return undefined;
  }

  async function tell(
    action: "store" | "erase",
    name: string,
    input: string,
    signal: AbortSignal | undefined,
  ): Promise<string | undefined> {
    held.clear();
    const outcome = await runHelper({ name, action, input, env, timeoutMs, signal });
    return "failure" in outcome ? outcome.failure : undefined;
  }

  return {
    async get(name, host, signal) {
      const key = JSON.stringify([name, host]);
      const known = held.get(key);
      if (known !== undefined && now() - known.at < freshMs) return known.answer;
      return share(
        key,
        async (shared) => {
          const answer = await ask(name, host, shared);
          held.set(key, { answer, at: now() });
          return answer;
        },
        signal,
      );
    },
    store: (name, host, { username, password }, signal) => {
      const entry = { ServerURL: keyOf(host), Username: username, Secret: password };
      return tell("store", name, JSON.stringify(entry), signal);
    },
    erase: (name, host, signal) => tell("erase", name, keyOf(host), signal),
    async list(name, signal) {
      const outcome = await runHelper({ name, action: "list", input: "", env, timeoutMs, signal });
      const hosts = "failure" in outcome ? undefined : parseJson(outcome.output ?? new Uint8Array());
      if (!isJsonObject(hosts)) return [];
      return Object.keys(hosts).flatMap((key) => normalKey(key) ?? []);
    },
  };
}

function keyOf(host: string): string {
  return host === "docker.io" ? dockerHubKey : host;
}

/** The login in what a helper wrote. Some helpers look for hosts that are merely alike: only the very one counts. */
function readLogin(output: Uint8Array, name: string, host: string): HelperAnswer {
  const answer = parseJson(output);
  if (!isJsonObject(answer)) return { unusable: `docker-credential-${name} answered with no JSON object` };
  const { ServerURL: server, Username: username, Secret: secret } = answer;
  if (typeof server === "string" && server !== "" && normalKey(server) !== host) {
    return { unusable: `docker-credential-${name} answered for another registry` };
  }
  if (typeof username !== "string" || typeof secret !== "string" || secret === "") return undefined;
  const isToken = username === identityTokenUser;
  return username === "" ? undefined : loginFrom(username, secret, isToken);
}
