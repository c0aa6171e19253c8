import { chainCredentials } from "./chain-credentials.ts";
import type { CredentialProvider } from "./credentials.ts";
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

/**
 * The logins of all sources: a tenant's own, those given before, those in files and their helpers, those given after.
 * A file is read, and a helper run, when its turn comes.
 */
export function createCredentials(
  { before = [], files = [], ownFile, after = [], helperEnv = {}, now = () => 0 }: CredentialSources,
  helpers: CredentialHelpers = createHelpers({ env: helperEnv, now }),
): CredentialProvider {
  const stored = files.map((path) => createFileCredentials({ path, helpers }));
  const own = ownFile === undefined ? undefined : createFileCredentials({ path: ownFile, helpers });
  return chainCredentials([
    ...(ownFile === undefined || own === undefined ? [] : [createTenantCredentials(ownFile, own.read)]),
    createGivenCredentials(before),
    ...stored,
    ...(own === undefined ? [] : [own]),
    createGivenCredentials(after),
  ]);
}
