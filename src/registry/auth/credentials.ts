import type { Secret } from "./secret.ts";

/** A login for one registry. */
export interface Credential {
  readonly username: string;
  readonly password: Secret;
  /** Where it comes from, as errors name it: a file or a variable. */
  readonly source: string;
}

/** Knows logins by registry host. */
export interface CredentialProvider {
  /**
   * The login for exactly this host (and port), as it stands in a reference: `ghcr.io`, `docker.io`,
   * `127.0.0.1:5000`. Asked only after the registry demanded one. Never throws for a source that cannot be read.
   */
  readonly credentialFor: (host: string) => Promise<Credential | undefined>;
  /** The sources that are looked at, for errors. */
  readonly describe: () => readonly string[];
}

/** The provider that knows no login. */
export const anonymous: CredentialProvider = {
  credentialFor: async () => undefined,
  describe: () => [],
};

/** The value of `Authorization` that carries a login (RFC 7617, in UTF-8). */
export function basicAuthorization({ username, password }: Credential): string {
  return `Basic ${Buffer.from(`${username}:${password.reveal()}`).toString("base64")}`;
}
