import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type CredentialHelperScript, credentialHelper } from "./credential-helper.ts";

/** A part of every secret of a test: where it is found, a secret was let out. */
export const canary = "canary-6d2f";

/** A login with such a secret. */
export const canaryLogin: { readonly user: string; readonly password: string } = {
  user: "ada",
  password: `${canary}-right`,
};

const basic = (text: string): string => Buffer.from(text).toString("base64");

/** What stands in a text when a secret does: also in the encodings that it is sent in. */
export const canaryTraces: readonly string[] = [
  canary,
  ...[0, 1, 2].map((shift) => basic(`${"x".repeat(shift)}${canary}`).slice(2, -4)),
];

/** Where the logins of {@link plantCanaries} are for. */
export interface CanaryPlaces {
  /** The home of this user. */
  readonly home: string;
  /** The registry. */
  readonly host: string;
  /** A namespace in it, which has a login of its own. */
  readonly namespace: string;
  /** In our own file. Default: one that nobody accepts. */
  readonly own?: typeof canaryLogin | undefined;
  /** What the credential helper does before it answers, in `sh`. Default: nothing. */
  readonly before?: string | undefined;
}

/** What was planted. */
export interface PlantedCanaries {
  /** The variables under which the sources are found. */
  readonly env: Readonly<Record<string, string>>;
  readonly helper: CredentialHelperScript;
}

/** Puts another secret into every source of logins. */
export async function plantCanaries({
  home,
  host,
  namespace,
  own = { user: "own", password: `${canary}-own` },
  before = ":",
}: CanaryPlaces): Promise<PlantedCanaries> {
  const answer = `echo '{"Username":"kept","Secret":"${canary}-helper"}'`;
  const helper = await credentialHelper(home, "kept", `cat > /dev/null; ${before}; ${answer}`);
  const auth = (name: string): object => ({ auth: basic(`${name}:${canary}-${name}`) });
  const file = async (path: string, content: object): Promise<void> => {
    await mkdir(dirname(join(home, path)), { recursive: true });
    await writeFile(join(home, path), JSON.stringify(content));
  };
  await file("named.json", {
    auths: { [host]: auth("named"), [`${host}/${namespace}`]: { identitytoken: `${canary}-identity` } },
  });
  await file(".docker/config.json", { credHelpers: { [host]: "kept" }, auths: { [host]: auth("docker") } });
  await file(".run/containers/auth.json", { auths: { [host]: auth("podman") } });
  await file(".config/greentic/dist/auth.json", {
    auths: { [host]: { auth: basic(`${own.user}:${own.password}`) } },
    tenants: { acme: auth("tenant") },
  });
  const env = {
    ...helper.env,
    HOME: home,
    XDG_RUNTIME_DIR: join(home, ".run"),
    XDG_CONFIG_HOME: join(home, ".config"),
    REGISTRY_AUTH_FILE: join(home, "named.json"),
    OCI_REGISTRY: host,
    OCI_USERNAME: "o",
    OCI_PASSWORD: `${canary}-oci`,
    GREENTIC_COMPONENT_REGISTRY_USERNAME: "g",
    GREENTIC_COMPONENT_REGISTRY_PASSWORD: `${canary}-greentic`,
    GREENTIC_COMPONENT_REGISTRY_TOKEN: `${canary}-token`,
    GHCR_TOKEN: `${canary}-ghcr`,
    GITHUB_TOKEN: `${canary}-github`,
    GH_TOKEN: `${canary}-github`,
  };
  return { env, helper };
}
