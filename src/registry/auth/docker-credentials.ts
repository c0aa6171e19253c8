import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf, isJsonObject, type JsonObject, parseJson, printable } from "../../core/index.ts";
import type { CredentialProvider } from "./credentials.ts";
import { type DockerConfigEntry, normalHost, parseDockerConfig } from "./docker-config.ts";
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
  let entries: Promise<ReadonlyMap<string, DockerConfigEntry>> | undefined;
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

async function readEntries(
  path: string,
  warn: (message: string) => void,
): Promise<ReadonlyMap<string, DockerConfigEntry>> {
  const content = await readConfig(path);
  if (typeof content !== "string") return parseDockerConfig(content, printable(path));
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
