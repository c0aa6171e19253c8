import { DistError, printable } from "../../core/index.ts";
import type { Challenge } from "./challenge.ts";
import { failedTo, scopesOf } from "../access.ts";
import type { Credential } from "./credentials.ts";
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

/** How a challenge can be answered. */
export interface Answers {
  /** With a login; or why it is not used here, to be read after a colon. */
  readonly withLogin: (login: Credential) => Promise<Way | { readonly withheld: string }>;
  /** Without one; `undefined` where that is not possible. */
  readonly anonymous: Way | undefined;
}

/**
 * How `challenge` can be answered.
 * @throws {DistError} UNAUTHORIZED when the registry sends us to a token service that must not be asked
 */
export async function planAnswers(challenge: Challenge, request: RegistryRequest): Promise<Answers> {
  if (challenge.scheme === "basic") {
    return {
      withLogin: async (login) =>
        login.isIdentityToken
          ? { withheld: "an identity token, and the registry wants a user name and password" }
          : { scheme: "basic", login },
      anonymous: undefined,
    };
  }
  const ask = await tokenRequest(challenge, request);
  const { host, origin } = request.registry;
  const withheld = `withheld from ${ask.realm.host}, which is not known to belong to ${host}`;
  return {
    withLogin: async (login) =>
      (await mayReceiveLogin(ask.realm, origin))
        ? { scheme: "bearer", ask: { ...ask, credential: login } }
        : { withheld },
    anonymous: { scheme: "bearer", ask },
  };
}

async function tokenRequest({ parameters }: Challenge, request: RegistryRequest): Promise<TokenRequest> {
  const { registry, reference, http } = request;
  const { origin, allowPlainHttp } = registry;
  const text = parameters.get("realm") ?? "";
  const realm = await parseRealm(text, registry);
  if ("url" in realm) {
    const service = parameters.get("service");
    return {
      registry: origin,
      realm: realm.url,
      service,
      scopes: scopesOf(request),
      credential: undefined,
      allowPlainHttp,
    };
  }
  const where =
    text === ""
      ? "does not say where to ask for a token"
      : `sends us to \`${printable(text)}\` for a token, and ${realm.refused}`;
  throw new DistError(
    "UNAUTHORIZED",
    `${failedTo(reference, request)}: ${registry.host} ${where}`,
    { reference, method: http.method, url: printable(http.url.href), status: 401, credentialsSent: false },
    { hint: "no token was asked for and no login sent; tell whoever runs the registry" },
  );
}
