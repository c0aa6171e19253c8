import type { Secret } from "./secret.ts";

/** A login for a registry, or for a part of one. */
export interface Credential {
  readonly username: string;
  readonly password: Secret;
  /**
   * Whether `password` is an identity token: what a token service takes in place of a login (a refresh token of
   * OAuth2). Default: false.
   */
  readonly isIdentityToken?: boolean | undefined;
  /** Where it comes from, as errors name it: a file, a variable or a helper. */
  readonly source: string;
}

/** A source that was looked at, and has no login to offer. */
export interface NoCredential {
  readonly source: string;
  /** Why what is there cannot be used, to be read after a colon; a warning says so. Default: nothing is there. */
  readonly unusable?: string | undefined;
  /** Why what is there is not for this host, to be read after a colon. */
  readonly withheld?: string | undefined;
}

/** What a login is wanted for. */
export interface CredentialTarget {
  /** The registry, with its port, as it stands in a reference: `ghcr.io`, `docker.io`, `127.0.0.1:5000`. */
  readonly host: string;
  /** What is pulled, for logins that are for a part of a registry. Default: the registry as a whole. */
  readonly repository?: string | undefined;
  /** Whose saved login comes first: that of a tenant of the store. Default: nobody's. */
  readonly tenant?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Knows logins. */
export interface CredentialProvider {
  /**
   * What each source has for exactly this host, best first: the first one that the registry accepts is used. Asked only
   * after the registry demanded a login, and read no further than needed. A source that cannot be read is a
   * {@link NoCredential}.
   * @throws {DistError} ABORTED
   */
  readonly credentialsFor: (target: CredentialTarget) => AsyncIterable<Credential | NoCredential>;
}

/** The provider that knows no login. */
export const anonymous: CredentialProvider = { async *credentialsFor() {} };

/** Whether a source has something to offer. */
export function isCredential(offer: Credential | NoCredential): offer is Credential {
  return "password" in offer;
}

/** Whether two logins are the same, wherever they come from. */
export function isSameLogin(one: Credential, other: Credential): boolean {
  return (
    one.username === other.username &&
    one.password.reveal() === other.password.reveal() &&
    (one.isIdentityToken ?? false) === (other.isIdentityToken ?? false)
  );
}

/** The value of `Authorization` that carries a login (RFC 7617, in UTF-8). */
export function basicAuthorization({ username, password }: Credential): string {
  return `Basic ${Buffer.from(`${username}:${password.reveal()}`).toString("base64")}`;
}
