import { normalHost, printable } from "../../core/index.ts";
import type { Credential, CredentialProvider, CredentialTarget, NoCredential } from "./credentials.ts";
import { type DockerConfig, parseDockerConfig } from "./docker-config.ts";
import type { CredentialHelpers } from "./helpers.ts";
import { readConfigFile } from "./read-config-file.ts";

/** How a file of logins is read. */
export interface FileCredentialsOptions {
  readonly path: string;
  readonly helpers: CredentialHelpers;
}

/** A file of logins. */
export interface FileCredentials extends CredentialProvider {
  /** What the file says, or what is wrong with it, after "the file". Read once. */
  readonly read: () => Promise<DockerConfig | string>;
}

/**
 * The logins of a file in Docker's form, and those that its helpers keep: that of the host's own helper, then those of
 * the file itself (the longest part of the repository's path first), else that of the helper for all others.
 */
export function createFileCredentials({ path, helpers }: FileCredentialsOptions): FileCredentials {
  const shown = printable(path);
  let config: Promise<DockerConfig | string> | undefined;
  const read = (): Promise<DockerConfig | string> => (config ??= readDockerConfig(path));

  async function* credentialsFor(target: CredentialTarget): AsyncGenerator<Credential | NoCredential> {
    const known = await read();
    if (typeof known === "string") {
      yield { source: shown, unusable: `the file ${known}` };
      return;
    }
    const host = normalHost(target.host);
    const logins = keysFor(host, target.repository).flatMap((key) => {
      const login = known.logins.get(key);
      return login === undefined ? [] : [{ ...login, source: key === host ? shown : `${shown}, ${key}` }];
    });
    const own = known.helpers.get(host);
    const others = logins.length === 0 && known.store !== own ? known.store : undefined;
    if (own !== undefined) yield await keptBy(own, host, target.signal);
    yield* logins;
    if (others !== undefined) yield await keptBy(others, host, target.signal);
    if (logins.length === 0 && own === undefined && others === undefined) yield { source: shown };
  }

  async function keptBy(
    name: string,
    host: string,
    signal: AbortSignal | undefined,
  ): Promise<Credential | NoCredential> {
    const source = `docker-credential-${printable(name)}, named by ${shown}`;
    return { ...(await helpers.get(name, host, signal)), source };
  }

  return { credentialsFor, read };
}

/** The saved logins of tenants of the store; they come before all others. */
export function createTenantCredentials(path: string, read: FileCredentials["read"]): CredentialProvider {
  return {
    async *credentialsFor({ tenant }) {
      if (tenant === undefined) return;
      const source = `${printable(path)}, tenant ${printable(tenant)}`;
      const known = await read();
      if (typeof known === "string") yield { source, unusable: `the file ${known}` };
      else yield { ...known.tenants.get(tenant), source };
    },
  };
}

async function readDockerConfig(path: string): Promise<DockerConfig | string> {
  const content = readConfigFile(path);
  return typeof content === "string" ? content : parseDockerConfig(content);
}

/** The keys under which a login for a repository may stand, the closest first. */
function keysFor(host: string, repository: string | undefined): readonly string[] {
  const parts = repository?.split("/") ?? [];
  const paths = parts.map((_, index) => parts.slice(0, parts.length - index).join("/"));
  return [...paths.map((path) => `${host}/${path}`), host];
}
