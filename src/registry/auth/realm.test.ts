import { describe, expect, it } from "vitest";
import { isDistError, parseOciName } from "../../core/index.ts";
import { endpointOf } from "../endpoint.ts";
import { canary, createSink } from "../../../test/support/secret-sink.ts";
import { createAuthorizer } from "./authorizer.ts";
import { Secret } from "./secret.ts";
import { mayReceiveLogin, parseRealm } from "./realm.ts";

/** The hosts that plain http is allowed for. */
const isPlain = (host: string): boolean => host === "http.lan" || host === "auth.http.lan:81";

async function judge(registry: string, realm: string): Promise<string> {
  const name = parseOciName(`${registry}/a/b`);
  if (name === undefined) throw new TypeError("no registry");
  const endpoint = endpointOf(name, isPlain);
  const parsed = await parseRealm(realm, endpoint);
  if ("refused" in parsed) return "refused";
  return (await mayReceiveLogin(parsed.url, endpoint.origin)) ? "login" : "anonymous";
}

/** Registry, realm, and what the realm's service may get. */
const cases: readonly (readonly [
  registry: string,
  realm: string,
  verdict: "login" | "anonymous" | "refused",
])[] = [
  // Its own origin.
  ["ghcr.io", "https://ghcr.io/token", "login"],
  ["ghcr.io", "https://GHCR.io:443/token?x=y#z", "login"],
  ["quay.io", "https://quay.io/v2/auth", "login"],
  ["public.ecr.aws", "https://public.ecr.aws/token/", "login"],
  ["us-docker.pkg.dev", "https://us-docker.pkg.dev/v2/token", "login"],
  ["eu.gcr.io", "https://eu.gcr.io/v2/token", "login"],
  ["mine.azurecr.io", "https://mine.azurecr.io/oauth2/token", "login"],
  ["10.0.0.4:5000", "https://10.0.0.4:5000/token", "login"],
  ["single:5000", "https://single:5000/token", "login"],
  // Its registrable domain, or a known pairing.
  ["docker.io", "https://auth.docker.io/token", "login"],
  ["registry.gitlab.com", "https://gitlab.com/jwt/auth", "login"],
  ["registry.example.com", "https://gitlab.example.com/jwt/auth", "login"],
  ["registry.example.com:5000", "https://auth.example.com:8443/token", "login"],
  ["registry.example.co.uk", "https://auth.example.co.uk/token", "login"],
  ["registry.corp.lan", "https://auth.corp.lan/token", "login"],
  ["http.lan", "https://auth.http.lan/token", "login"],
  // Elsewhere.
  ["ghcr.io", "https://evil.example/token", "anonymous"],
  ["ghcr.io", "https://ghcr.io.evil.example/token", "anonymous"],
  ["ghcr.io", "https://evilghcr.io/token", "anonymous"],
  ["docker.io", "https://auth.docker.io.evil.example/token", "anonymous"],
  ["docker.io", "https://auth-docker.io/token", "anonymous"],
  ["registry.gitlab.com", "https://gitlab.io/jwt/auth", "anonymous"],
  ["one.github.io", "https://two.github.io/token", "anonymous"],
  ["registry.example.co.uk", "https://other.co.uk/token", "anonymous"],
  ["10.0.0.4:5000", "https://10.0.0.4:5001/token", "anonymous"],
  ["203.0.113.4", "https://203.0.113.5/token", "anonymous"],
  ["single:5000", "https://single:5001/token", "anonymous"],
  ["single:5000", "https://other:5000/token", "anonymous"],
  // Loopback.
  ["127.0.0.1:5000", "http://127.0.0.1:5000/token", "login"],
  ["127.0.0.1:5000", "http://127.0.0.1:5001/token", "login"],
  ["127.0.0.1:5000", "https://127.0.0.1:5001/token", "login"],
  ["localhost:5000", "http://localhost:5001/token", "login"],
  ["[::1]:5000", "http://[::1]:5001/token", "login"],
  ["127.0.0.1:5000", "http://localhost:5000/token", "anonymous"],
  ["127.0.0.1:5000", "http://127.0.0.2:5000/token", "anonymous"],
  ["localhost:5000", "https://auth.example.com/token", "anonymous"],
  ["localhost:5000", "http://auth.example.com/token", "refused"],
  ["ghcr.io", "https://127.0.0.1/token", "refused"],
  ["ghcr.io", "https://127.1/token", "refused"],
  ["ghcr.io", "https://2130706433/token", "refused"],
  ["ghcr.io", "https://localhost/token", "refused"],
  ["ghcr.io", "https://x.localhost/token", "refused"],
  ["ghcr.io", "https://[::1]/token", "refused"],
  ["ghcr.io", "https://[::ffff:127.0.0.1]/token", "refused"],
  // Addresses inside.
  ["ghcr.io", "https://169.254.169.254/latest/meta-data", "refused"],
  ["ghcr.io", "https://[fe80::1]/token", "refused"],
  ["ghcr.io", "https://0.0.0.0/token", "refused"],
  ["ghcr.io", "https://[::]/token", "refused"],
  ["ghcr.io", "https://10.0.0.4/token", "refused"],
  ["ghcr.io", "https://192.168.1.1/token", "refused"],
  ["ghcr.io", "https://[fd00::1]/token", "refused"],
  ["http.lan", "https://127.0.0.1/token", "refused"],
  ["ghcr.io", "https://11.0.0.4/token", "anonymous"],
  // Plain http.
  ["ghcr.io", "http://ghcr.io/token", "refused"],
  ["ghcr.io", "http://http.lan/token", "refused"],
  ["ghcr.io", "http://127.0.0.1/token", "refused"],
  ["http.lan", "http://http.lan/token", "login"],
  ["http.lan", "http://auth.http.lan/token", "refused"],
  ["http.lan", "http://auth.http.lan:81/token", "anonymous"],
  // No address at all.
  ["ghcr.io", "", "refused"],
  ["ghcr.io", "/token", "refused"],
  ["ghcr.io", "//ghcr.io/token", "refused"],
  ["ghcr.io", "registry", "refused"],
  ["ghcr.io", "file:///etc/passwd", "refused"],
  ["ghcr.io", "ftp://ghcr.io/token", "refused"],
  ["ghcr.io", "javascript:alert(1)", "refused"],
  ["ghcr.io", "https://user:password@ghcr.io/token", "refused"],
  ["ghcr.io", "https://ghcr.io@evil.example/token", "refused"],
  ["ghcr.io", "https:\\\\evil.example\\token", "anonymous"],
];

describe("a login goes to the token service only when that belongs to the registry", () => {
  it.each(cases)("%s with realm %s: %s", async (registry, realm, verdict) => {
    expect(await judge(registry, realm)).toBe(verdict);
  });
});

describe("no secret reaches a token service that it is not for", () => {
  const kinds = [false, true].flatMap((isIdentityToken) =>
    cases.map(
      ([registry, realm, verdict]) =>
        [isIdentityToken ? "identity token" : "login", registry, realm, verdict] as const,
    ),
  );
  it.each(kinds)("the %s for %s, with realm %s: %s", async (kind, registry, realm, verdict) => {
    const name = parseOciName(`${registry}/a/b:1`);
    if (name === undefined) throw new TypeError("no registry");
    const endpoint = endpointOf(name, isPlain);
    const sink = createSink((request) => {
      const isRegistry = request.url.pathname.startsWith("/v2/a/b/");
      if (!isRegistry) return { status: 200, body: '{"token":"t"}' };
      return request.headers?.["authorization"] === undefined
        ? {
            status: 401,
            headers: { "www-authenticate": `Bearer realm="${realm.replaceAll(/["\\\\]/g, "\\$&")}"` },
          }
        : { status: 200 };
    });
    const isIdentityToken = kind === "identity token";
    const credential = { username: "ada", password: new Secret(canary), isIdentityToken, source: "test" };
    const credentials = {
      async *credentialsFor() {
        yield credential;
      },
    };
    const http = { method: "GET", url: new URL("/v2/a/b/manifests/1", endpoint.origin) } as const;
    const request = { registry: endpoint, repository: "a/b", http, maxRedirects: 5, reference: "x" };
    const outcome = createAuthorizer({ http: sink.http, credentials, now: () => 0 }).send(request);
    const ended = await outcome.then(
      ({ response }) => response.status,
      (error: unknown) => (isDistError(error) ? error.code : error),
    );
    expect(ended).toBe(verdict === "refused" ? "UNAUTHORIZED" : 200);
    const told = sink.toldSecret();
    expect(told.map(({ origin }) => origin)).toEqual(verdict === "login" ? [new URL(realm).origin] : []);
    expect(sink.requests).toHaveLength(verdict === "refused" ? 1 : 3);
  });
});
