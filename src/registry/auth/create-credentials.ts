import { chainCredentials } from "./chain-credentials.ts";
import type { CredentialProvider } from "./credentials.ts";
import type { DockerConfig } from "./docker-config.ts";
import { createFileCredentials, createTenantCredentials } from "./file-credentials.ts";
import { createGivenCredentials, type GivenCredential } from "./given-credentials.ts";
import { type CredentialHelpers, createHelpers } from "./helpers.ts";

/** Where logins are looked for. */
export interface CredentialSources {
  /** Logins that come before those in files. Default: none. */
  readonly before?: readonly GivenCredential[] | undefined;
  /** Files in the form of Docker's `config.json`, the first one first. Default: none. */
  readonly files?: readonly string[] | undefined;
  /** Our own file, which comes after the others; it also keeps the logins of tenants. Default: none. */
  readonly ownFile?: string | undefined;
  /** Logins that come after those in files. Default: none. */
  readonly after?: readonly GivenCredential[] | undefined;
  /** The whole environment of credential helpers. Default: empty, so that none is found. */
  readonly helperEnv?: Readonly<Record<string, string>> | undefined;
  /** The clock, in milliseconds. Default: one that stands still. */
  readonly now?: (() => number) | undefined;
}

/** A {@link CredentialProvider} over files, which can also be looked at as such. */
export interface KnownLogins extends CredentialProvider {
  readonly helpers: CredentialHelpers;
  /** What each file says, or what is wrong with it, after "the file"; our own is the last. */
  readonly read: () => Promise<readonly { readonly path: string; readonly config: DockerConfig | string }[]>;
}

/**
 * The logins of all sources: a tenant's own, those given before, those in files and their helpers, those given after.
 * A file is read, and a helper run, when its turn comes.
 */
export function createCredentials(sources: CredentialSources): KnownLogins {
  const { before = [], files = [], ownFile, after = [], helperEnv = {}, now = () => 0 } = sources;
  const helpers = createHelpers({ env: helperEnv, now });
  const paths = ownFile === undefined ? files : [...files, ownFile];
  const stored = paths.map((path) => ({ path, credentials: createFileCredentials({ path, helpers }) }));
  const own = ownFile === undefined ? undefined : stored.at(-1);
  const chain = chainCredentials([
    ...(own === undefined ? [] : [createTenantCredentials(own.path, own.credentials.read)]),
    createGivenCredentials(before),
    ...stored.map(({ credentials }) => credentials),
    createGivenCredentials(after),
  ]);
  return {
    ...chain,
    helpers,
    read: () =>
      Promise.all(stored.map(async ({ path, credentials }) => ({ path, config: await credentials.read() }))),
  };
}
