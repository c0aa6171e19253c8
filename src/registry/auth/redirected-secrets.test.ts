import { describe, expect, it } from "vitest";
import { canary, createSink, type SinkAnswer } from "../../../test/support/secret-sink.ts";
import { isDistError, parseOciName } from "../../core/index.ts";
import type { HttpRequest } from "../../http/index.ts";
import { endpointOf } from "../endpoint.ts";
import { createAuthorizer } from "./authorizer.ts";
import { Secret } from "./secret.ts";

const home = "https://registry.example";
const statuses = [301, 302, 303, 307, 308];
/** What is redirected: a request that carries a login, one that carries a token, or the question for a token. */
const carriers = ["login", "token", "question"] as const;
/** Where to, and whether that is still the registry's own origin. */
const targets: readonly (readonly [location: string, isOwn: boolean])[] = [
  ["/moved", true],
  [`${home}:443/moved`, true],
  ["//registry.example/moved", true],
  ["https://registry.example:8443/moved", false],
  ["https://registry.example./moved", false],
  ["https://auth.registry.example/moved", false],
  ["https://cdn.example/moved", false],
  ["//cdn.example/moved", false],
  ["\\\\cdn.example\\moved", false],
  ["https://203.0.113.9/moved", false],
  ["https://10.0.0.1/moved", false],
  ["https://127.0.0.1/moved", false],
  ["https://169.254.169.254/moved", false],
  ["http://registry.example/moved", false],
  ["https://ada:x@cdn.example/moved", false],
  ["https://cdn.example/back", false],
];

const cases = carriers.flatMap((carrier) =>
  statuses.flatMap((status) =>
    targets.map(([location, isOwn]) => [carrier, status, location, isOwn] as const),
  ),
);

/** How the registry, its token service, and everybody else answer. */
function answerOf(
  { url, headers }: HttpRequest,
  carrier: (typeof carriers)[number],
  redirect: SinkAnswer,
): SinkAnswer {
  if (url.pathname === "/back") return { status: 302, headers: { location: `${home}/v2/a/b/blobs/back` } };
  if (url.pathname === "/v2/a/b/blobs/back") return { status: 200, body: '{"token":"open"}' };
  if (url.pathname === "/token")
    return carrier === "question" ? redirect : { status: 200, body: '{"token":"granted"}' };
  if (url.pathname !== "/v2/a/b/manifests/1") return { status: 200, body: '{"token":"granted"}' };
  if (headers?.["authorization"] !== undefined) return carrier === "question" ? { status: 200 } : redirect;
  const challenge = carrier === "login" ? "Basic realm=x" : `Bearer realm="${home}/token"`;
  return { status: 401, headers: { "www-authenticate": challenge } };
}

describe("no secret goes along with a redirect to another origin, nor comes back from there", () => {
  it.each(cases)("a %s that a %i sends to %s", async (carrier, status, location, isOwn) => {
    const name = parseOciName("registry.example/a/b:1");
    if (name === undefined) throw new TypeError("no registry");
    const registry = endpointOf(name, () => false);
    const sink = createSink((request) => answerOf(request, carrier, { status, headers: { location } }));
    const credentials = {
      async *credentialsFor() {
        yield { username: "ada", password: new Secret(canary), source: "test" };
      },
    };
    const url = new URL("/v2/a/b/manifests/1", registry.origin);
    const request = {
      registry,
      repository: "a/b",
      http: { method: "GET", url },
      maxRedirects: 5,
      reference: "x",
    } as const;
    const authorizer = createAuthorizer({ http: sink.http, credentials, now: () => 0 });
    const outcome: unknown = await authorizer.send(request).catch((error: unknown) => error);
    if (outcome instanceof Error && !isDistError(outcome, "REDIRECT_REFUSED")) throw outcome;
    const told = sink.toldSecret();
    expect(told.filter(({ origin }) => origin !== home)).toEqual([]);
    expect(told.map(({ pathname }) => pathname)).not.toContain("/v2/a/b/blobs/back");
    expect(told.some(({ pathname }) => pathname === "/moved")).toBe(isOwn);
  });
});
