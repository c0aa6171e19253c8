import { DistError, printable } from "../../core/index.ts";
import type { Challenge } from "./challenge.ts";
import type { Credential, CredentialProvider } from "./credentials.ts";
import type { RegistryRequest } from "./exchange.ts";
import { mayReceiveLogin, parseRealm } from "./realm.ts";
import type { TokenRequest } from "./token.ts";

/**
 * One way to be let in. Basic hands the login to the registry itself, which is spoken to over https, on loopback, or
 * over http because the user named it.
 */
export type Way =
  | { readonly scheme: "basic"; readonly login: Credential }
  | { readonly scheme: "bearer"; readonly ask: TokenRequest };

/** How to answer a challenge. */
export interface Answer {
  /** Best first; empty when there is nothing to answer with. */
  readonly ways: readonly Way[];
  /** What is to be said of each source of logins if no way leads in. */
  readonly tried: readonly string[];
}

/**
 * What can be answered to `challenge`: with the stored login where it may go, and anonymously where that is possible.
 * @throws {DistError} UNAUTHORIZED when the registry sends us to a token service that must not be asked
 */
export async function planAnswer(
  challenge: Challenge,
  request: RegistryRequest,
  credentials: CredentialProvider,
  warn: (message: string) => void,
): Promise<Answer> {
  const { host, origin } = request.registry;
  const login = await credentials.credentialFor(host);
  const missing = credentials.describe().map((source) => `${source}: no usable login for ${host}`);
  if (challenge.scheme === "basic") {
    if (login === undefined) return { ways: [], tried: missing };
    return { ways: [{ scheme: "basic", login }], tried: [`${login.source}: refused`] };
  }
  const ask = await tokenRequest(challenge, request);
  const anonymous: Way = { scheme: "bearer", ask };
  if (login === undefined) return { ways: [anonymous], tried: missing };
  const { source } = login;
  if (await mayReceiveLogin(ask.realm, origin)) {
    const ways: readonly Way[] = [{ scheme: "bearer", ask: { ...ask, credential: login } }, anonymous];
    return { ways, tried: [`${source}: refused`] };
  }
  const withheld = `${source}: withheld from ${ask.realm.host}, which is not known to belong to ${host}`;
  warn(`asked ${host} anonymously: ${withheld}`);
  return { ways: [anonymous], tried: [withheld] };
}

async function tokenRequest(
  { parameters }: Challenge,
  { registry, repository, reference, http }: RegistryRequest,
): Promise<TokenRequest> {
  const { origin, allowPlainHttp } = registry;
  const text = parameters.get("realm") ?? "";
  const realm = await parseRealm(text, registry);
  if ("url" in realm) {
    const service = parameters.get("service");
    return { registry: origin, realm: realm.url, service, repository, credential: undefined, allowPlainHttp };
  }
  throw new DistError(
    "UNAUTHORIZED",
    `failed to pull \`${reference}\`: ${registry.host} sends us to \`${printable(text)}\` for a token, and ${realm.refused}`,
    { reference, method: http.method, url: printable(http.url.href), status: 401, credentialsSent: false },
    { hint: "no token was asked for and no login sent; tell whoever runs the registry" },
  );
}
