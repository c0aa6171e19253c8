import type { CredentialProvider } from "./credentials.ts";

/** Logins of several providers, in this order. */
export function chainCredentials(providers: readonly CredentialProvider[]): CredentialProvider {
  return {
    async *credentialsFor(target) {
      for (const provider of providers) yield* provider.credentialsFor(target);
    },
  };
}
