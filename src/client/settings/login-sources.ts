import { posix, win32 } from "node:path";
import { type CredentialSources, type GivenCredential, Secret } from "../../registry/index.ts";
import { configFolder } from "./config-folder.ts";
import { type Environment, variable } from "./environment.ts";

/** Variables that hold secrets of ours, or belong to them; no program that we start has use for them. */
const ownVariables: ReadonlySet<string> = new Set([
  "OCI_USERNAME",
  "OCI_PASSWORD",
  "GHCR_TOKEN",
  "GITHUB_TOKEN",
]);

/** Where logins are looked for, by the variables that say so; our own file, where this user has a home. */
export function loginSources(env: Environment, platform: string): Omit<CredentialSources, "now"> {
  const before = [...chosenLogins(env), ...ghcrLogin(env, "GHCR_TOKEN")];
  const after = ghcrLogin(env, "GITHUB_TOKEN");
  const path = platform === "win32" ? win32 : posix;
  const home = variable(env, platform === "win32" ? "USERPROFILE" : "HOME");
  const docker =
    variable(env, "DOCKER_CONFIG") ?? (home === undefined ? undefined : path.join(home, ".docker"));
  const runtime = variable(env, "XDG_RUNTIME_DIR");
  const xdg = variable(env, "XDG_CONFIG_HOME");
  const podman = xdg ?? (home === undefined ? undefined : path.join(home, ".config"));
  const folder = configFolder(env, platform);
  const files = [
    variable(env, "REGISTRY_AUTH_FILE"),
    docker === undefined ? undefined : path.join(docker, "config.json"),
    runtime === undefined ? undefined : path.join(runtime, "containers", "auth.json"),
    podman === undefined ? undefined : path.join(podman, "containers", "auth.json"),
  ].filter((file) => file !== undefined);
  return {
    before,
    files: [...new Set(files)],
    ownFile: folder === undefined ? undefined : path.join(folder, "greentic", "dist", "auth.json"),
    after,
    helperEnv: helperEnvironment(env, [...before, ...after]),
  };
}

/** The logins that count for the registries in `OCI_REGISTRY` only: a pasted reference must not collect them. */
function chosenLogins(env: Environment): readonly GivenCredential[] {
  const named = variable(env, "OCI_REGISTRY");
  const hosts = named
    ?.split(",")
    .map((host) => host.trim())
    .filter((host) => host !== "");
  const withheld =
    hosts === undefined
      ? "ignored, for OCI_REGISTRY does not say which registries it is for"
      : "withheld, for OCI_REGISTRY names other registries";
  const prefix = "GREENTIC_COMPONENT_REGISTRY";
  const pairs = [
    ["OCI_USERNAME", "OCI_PASSWORD"],
    [`${prefix}_USERNAME`, `${prefix}_PASSWORD`],
    [`${prefix}_USERNAME`, `${prefix}_TOKEN`],
  ] as const;
  return pairs.flatMap(([userVariable, secretVariable]) => {
    const secret = variable(env, secretVariable);
    const isToken = secretVariable.endsWith("_TOKEN");
    const username = variable(env, userVariable) ?? (isToken ? tokenUser : undefined);
    if (secret === undefined || username === undefined) return [];
    const credential = { username, password: new Secret(secret), source: secretVariable };
    return [{ credential, hosts, withheld }];
  });
}

/** The user name that goes with a token where none was given: registries look at the token alone. */
const tokenUser = "token";

function ghcrLogin(env: Environment, name: "GHCR_TOKEN" | "GITHUB_TOKEN"): readonly GivenCredential[] {
  const token = variable(env, name);
  if (token === undefined) return [];
  const username = variable(env, "GITHUB_ACTOR") ?? tokenUser;
  const credential = { username, password: new Secret(token), source: name };
  return [{ credential, hosts: ["ghcr.io"], withheld: "withheld, for it is for ghcr.io" }];
}

/** Fewer characters than this may stand in any value by chance, as in `PATH`. */
const minSecretLength = 8;

function holds(value: string, secret: string): boolean {
  return value === secret || (secret.length >= minSecretLength && value.includes(secret));
}

/** What helpers see: everything but our own variables, and whatever else holds the same secrets. */
function helperEnvironment(
  env: Environment,
  given: readonly GivenCredential[],
): Readonly<Record<string, string>> {
  const secrets = given.map(({ credential }) => credential.password.reveal());
  const entries = Object.entries(env).filter((entry): entry is [string, string] => {
    const [name, value] = entry;
    if (value === undefined || ownVariables.has(name) || name.startsWith("GREENTIC_")) return false;
    return !secrets.some((secret) => holds(value, secret));
  });
  return Object.fromEntries(entries);
}
