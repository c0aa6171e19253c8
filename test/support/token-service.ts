import { createSign, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { startServer, type TestServer } from "./http-server.ts";
import type { Login } from "./registry-auth.ts";
import { jsonResponse } from "./registry-handler.ts";
import { openssl, type TokenAuthority } from "./servers.ts";
import { tempDir } from "./temp-dir.ts";

/** A token service, and what a registry must know of it. */
export interface TokenService extends TestServer, TokenAuthority {}

/** Who gets which tokens. */
export interface TokenServiceOptions {
  /** These may pull and push everything. */
  readonly logins: readonly Login[];
  /** Repositories that everybody may pull. Default: none. */
  readonly isPublic?: ((repository: string) => boolean) | undefined;
  /** Identity tokens that are as good as the first login, taken by POST. Default: none. */
  readonly identityTokens?: readonly string[] | undefined;
}

/**
 * A service that hands out the tokens of distribution ("Token Authentication Implementation"): JSON web tokens that
 * are signed with RS256, whose certificate goes along.
 */
export async function startTokenService(options: TokenServiceOptions): Promise<TokenService> {
  const { key, certificate } = await createSigner();
  const [service, issuer] = ["test registry", "test issuer"];
  const server = await startServer(async (request) => {
    const isPost = request.method === "POST";
    const form = isPost ? new URLSearchParams(await request.text()) : new URL(request.url).searchParams;
    const user = userOf(request, form.get("refresh_token"), options);
    if (user === undefined) {
      return jsonResponse(isPost ? 400 : 401, {
        details: "incorrect username or password",
      });
    }
    const access = form.getAll("scope").flatMap((scope) => accessTo(scope, user, options));
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: issuer,
      sub: user,
      aud: service,
      iat: now,
      nbf: now - 10,
      exp: now + 300,
      jti: randomUUID(),
      access,
    };
    const token = signed({ typ: "JWT", alg: "RS256", x5c: [certificate] }, claims, key);
    return jsonResponse(200, isPost ? { access_token: token } : { token, expires_in: 300 });
  });
  const certificates = `-----BEGIN CERTIFICATE-----\n${certificate}\n-----END CERTIFICATE-----\n`;
  return Object.assign(server, { realm: `${server.url}/token`, service, issuer, certificates });
}

const basic = (login: Login): string => Buffer.from(`${login.user}:${login.password}`).toString("base64");

/** The user whom a request is from: `""` for one without a login, `undefined` for a wrong one. */
function userOf(
  { headers }: Request,
  identityToken: string | null,
  { logins, identityTokens = [] }: TokenServiceOptions,
): string | undefined {
  if (identityToken !== null) {
    return identityTokens.includes(identityToken) ? logins[0]?.user : undefined;
  }
  const given = headers.get("authorization");
  if (given === null) return "";
  return logins.find((login) => given === `Basic ${basic(login)}`)?.user;
}

function accessTo(scope: string, user: string, { isPublic }: TokenServiceOptions): readonly object[] {
  return scope.split(" ").flatMap((one) => {
    const [, type = "", name = "", actions = ""] = /^(\w+):(.+):([\w,*]+)$/.exec(one) ?? [];
    const asked = actions.split(",");
    const granted = user === "" ? asked.filter((action) => action === "pull" && isPublic?.(name)) : asked;
    return granted.length === 0 ? [] : [{ type, name, actions: granted }];
  });
}

function signed(header: object, claims: object, key: string): string {
  const text = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${text}.${createSign("RSA-SHA256").update(text).sign(key, "base64url")}`;
}

/** An RSA key, and its certificate in base64. */
async function createSigner(): Promise<{ readonly key: string; readonly certificate: string }> {
  await using directory = await tempDir();
  const [keyFile, certFile] = [join(directory.path, "key.pem"), join(directory.path, "cert.pem")];
  const subject = ["-days", "2", "-subj", "/CN=test tokens"];
  await openssl([
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    ...subject,
    "-keyout",
    keyFile,
    "-out",
    certFile,
  ]);
  const pem = await readFile(certFile, "utf8");
  const certificate = pem.replaceAll(/-----[^-]+-----|\s/g, "");
  return { key: await readFile(keyFile, "utf8"), certificate };
}
