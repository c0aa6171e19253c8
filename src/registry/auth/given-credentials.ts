import { normalHost } from "../../core/index.ts";
import type { Credential, CredentialProvider } from "./credentials.ts";

/** A login that was given for certain hosts only, in a variable. */
export interface GivenCredential {
  readonly credential: Credential;
  /** `undefined` when nothing says which hosts it is for: then it is for none. */
  readonly hosts: readonly string[] | undefined;
  /** Why it is not used for other hosts, to be read after a colon. */
  readonly withheld: string;
}

/** The given logins, in this order, each for the hosts that it is for. */
export function createGivenCredentials(given: readonly GivenCredential[]): CredentialProvider {
  return {
    async *credentialsFor({ host }) {
      for (const { credential, hosts, withheld } of given) {
        const { source } = credential;
        if (hosts === undefined) yield { source, unusable: withheld };
        else
          yield hosts.some((one) => normalHost(one) === normalHost(host)) ? credential : { source, withheld };
      }
    },
  };
}
