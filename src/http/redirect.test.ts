import { describe, expect, test } from "vitest";
import { startServer } from "../../test/support/http-server.ts";
import { type DistError, isDistError } from "../core/index.ts";
import type { Http, HttpRequest, HttpResponse } from "./http.ts";
import { isLoopbackHost } from "./loopback.ts";
import { type RedirectRules, sendFollowing } from "./redirect.ts";
import { createWireHttp } from "./wire/wire.ts";

const statuses = [301, 302, 303, 307, 308];
const rules: RedirectRules = { maxRedirects: 5, allowPlainHttp: (url) => isLoopbackHost(url.hostname) };
const home = "https://registry.example/v2/a/blobs/b";
const secrets = { authorization: "Bearer s3cret", cookie: "s3cret", "x-token": "s3cret" };
const harmless = {
  accept: "a/b",
  range: "bytes=1-",
  "if-range": '"e"',
  "if-none-match": '"f"',
  "user-agent": "g",
};

describe("on the same origin", () => {
  const targets = [
    "/other",
    "other?a=b",
    "?a=b",
    "https://registry.example/x",
    "https://registry.example:443/x",
    "HTTPS://REGISTRY.EXAMPLE/x",
    "//registry.example/x",
    "/x#fragment",
  ];
  test.for(combined(statuses, targets))("follows a %i to %s with all headers", async ([status, location]) => {
    const http = scripted([status, location]);
    const { url, crossedOrigin } = await sendFollowing(http, get(home), rules);
    expect(crossedOrigin).toBe(false);
    expect(url.href).toBe(new URL(location.replace(/#.*/, ""), home).href);
    expect(http.requests[1]).toMatchObject({ url, headers: { ...secrets, ...harmless } });
  });
});

describe("to another origin", () => {
  const targets = [
    "https://cdn.example/x",
    "//cdn.example/x?signature=a",
    "https://registry.example:8443/x",
    "https://registry.example./x",
    "https://sub.registry.example/x",
    "https://example/x",
    "https://10.0.0.1/x",
    "\\\\cdn.example\\x",
  ];
  test.for(combined(statuses, targets))(
    "follows a %i to %s with harmless headers only",
    async ([status, location]) => {
      const http = scripted([status, location]);
      const { crossedOrigin } = await sendFollowing(http, get(home), rules);
      expect(crossedOrigin).toBe(true);
      expect(http.requests[1]?.headers).toEqual(harmless);
    },
  );

  test("does not give headers back when a later redirect returns", async () => {
    const http = scripted([302, "https://cdn.example/x"], [302, home], [302, `${home}2`]);
    const { url, crossedOrigin } = await sendFollowing(http, get(home), rules);
    expect(url.href).toBe(`${home}2`);
    expect(crossedOrigin).toBe(true);
    expect(http.requests.map(({ headers }) => headers)).toEqual([
      { ...secrets, ...harmless },
      harmless,
      harmless,
      harmless,
    ]);
  });
});

describe("refuses", () => {
  const targets: readonly (readonly [string, RegExp])[] = [
    ["http://registry.example/x", /plain http/],
    ["http://127.0.0.1/x", /plain http/],
    ["ftp://registry.example/x", /only http and https/],
    ["file:///etc/passwd", /only http and https/],
    ["javascript:alert(1)", /only http and https/],
    ["data:,x", /only http and https/],
    ["https://user:password@registry.example/x", /credentials/],
    ["https://user@cdn.example/x", /credentials/],
    ["", /missing or malformed/],
    ["https://", /missing or malformed/],
    ["https://[::1", /missing or malformed/],
    ["https://cdn.example:99999/", /missing or malformed/],
    ["https://cdn.example/a b", /missing or malformed/],
    ["/\t/cdn.example/x", /missing or malformed/],
    ["https://cdn.example/\u00e4", /missing or malformed/],
    ["https://cdn.example/a, https://cdn.example/b", /missing or malformed/],
    ["https://localhost/", /local address/],
    ["https://LocalHost./", /local address/],
    ["https://a.localhost/", /local address/],
    ["https://127.0.0.1/", /local address/],
    ["https://127.1/", /local address/],
    ["https://0x7f.1/", /local address/],
    ["https://2130706433/", /local address/],
    ["https://[::1]/", /local address/],
    ["https://[::ffff:127.0.0.1]/", /local address/],
    ["https://169.254.169.254/latest/meta-data", /local address/],
    ["https://[::ffff:169.254.169.254]/", /local address/],
    ["https://[fe80::1]/", /local address/],
    ["https://0.0.0.0/", /local address/],
    ["https://0/", /local address/],
    ["https://[::]/", /local address/],
    ["//127.0.0.1/", /local address/],
    ["\\\\127.0.0.1\\", /local address/],
  ];
  test.for(targets)("a redirect to %j", async ([location, reason]) => {
    const http = scripted([302, location]);
    const error = await refusalOf(http, get(home));
    expect(error.message).toMatch(reason);
    expect(JSON.stringify(error)).not.toMatch(/password|s3cret/);
    expect(error).toMatchObject({
      details: { status: 302, method: "GET", url: home, credentialsSent: true },
    });
    expect(http.requests).toHaveLength(1);
    expect(http.discarded).toBe(1);
  });

  test("a redirect to nowhere", async () => {
    const error = await refusalOf(scripted([302, undefined]), get(home));
    expect(error.message).toMatch(/missing or malformed/);
  });

  test.for(combined(statuses, ["POST", "PUT"] as const))("a %i of a %s", async ([status, method]) => {
    const error = await refusalOf(scripted([status, "/other"]), { ...get(home), method });
    expect(error.message).toMatch(/is not sent elsewhere/);
  });

  test.for([0, 1, 5])("one redirect more than the %i that may be followed", async (maxRedirects) => {
    const hops = Array.from({ length: 6 }, (_, index): Hop => [307, `/${index}`]);
    const enough = await sendFollowing(scripted(...hops.slice(0, maxRedirects)), get(home), {
      ...rules,
      maxRedirects,
    });
    expect(enough.response.status).toBe(200);
    const http = scripted(...hops.slice(0, maxRedirects + 1));
    const error = await refusalOf(http, get(home), { ...rules, maxRedirects });
    expect(error.message).toMatch(/one more than/);
    expect(http.requests).toHaveLength(maxRedirects + 1);
  });

  test("a loop, in the end", async () => {
    const http = scripted(...Array.from({ length: 20 }, (): Hop => [302, home]));
    const error = await refusalOf(http, get(home));
    expect(error.message).toMatch(/one more than/);
  });
});

describe("from plain http", () => {
  const start = "http://127.0.0.1:5000/v2/";

  test.for([
    "/x",
    "http://127.0.0.1:5000/x",
    "http://localhost:5000/x",
    "http://[::1]:1/x",
    "https://cdn.example/x",
  ])("follows a redirect to %s", async (location) => {
    const { response } = await sendFollowing(scripted([302, location]), get(start), rules);
    expect(response.status).toBe(200);
  });

  test("refuses plain http that is not allowed", async () => {
    const error = await refusalOf(scripted([302, "http://registry.example/"]), get(start));
    expect(error.message).toMatch(/plain http/);
  });

  test("never returns to it once it was on https", async () => {
    const http = scripted([302, "https://cdn.example/x"], [302, start]);
    const error = await refusalOf(http, get(start));
    expect(error.message).toMatch(/plain http/);
  });

  test("refuses to come from elsewhere to a local address, allowed or not", async () => {
    const everywhere = { ...rules, allowPlainHttp: () => true };
    const error = await refusalOf(scripted([302, start]), get("http://registry.example/"), everywhere);
    expect(error.message).toMatch(/local address/);
  });
});

test.for([200, 204, 300, 304, 305, 306, 400, 401, 500])(
  "hands a %i on, with a location or without",
  async (status) => {
    const { response, url } = await sendFollowing(scripted([status, "/x"]), get(home), rules);
    expect(response.status).toBe(status);
    expect(url.href).toBe(home);
  },
);

test("no secret reaches a server of another origin", async () => {
  const heard: string[] = [];
  await using sink = await startServer(async (request) => {
    heard.push(JSON.stringify([...request.headers]), request.url);
    return new Response("bytes");
  });
  await using registry = await startServer(async ({ url }) => {
    const location = url.includes("/start") ? "/again" : `${sink.url}/sink`;
    return new Response(null, { status: 307, headers: { location } });
  });
  const http = createWireHttp({ userAgent: "test" });
  const { response } = await sendFollowing(http, get(`${registry.url}/start?a=s3cret`), rules);
  response.discard();
  http.close();
  expect(registry.requests.map(({ headers }) => headers.authorization)).toEqual([
    secrets.authorization,
    secrets.authorization,
  ]);
  expect(heard).toHaveLength(2);
  expect(heard.join()).not.toContain("s3cret");
});

/** Status and location of one response. */
type Hop = readonly [number, string | undefined];

interface ScriptedHttp extends Http {
  readonly requests: readonly HttpRequest[];
  readonly discarded: number;
}

/** Answers with one hop after the other, then with 200. */
function scripted(...hops: readonly Hop[]): ScriptedHttp {
  const requests: HttpRequest[] = [];
  let discarded = 0;
  const body = { length: 0, delimited: true, async *[Symbol.asyncIterator]() {} };
  return {
    requests,
    get discarded() {
      return discarded;
    },
    send: async (request): Promise<HttpResponse> => {
      const [status, location] = hops[requests.length] ?? [200];
      requests.push(request);
      const header = (name: string) => (name === "location" ? location : undefined);
      return { status, header, body, discard: () => void discarded++ };
    },
    close: () => undefined,
  };
}

function get(url: string): HttpRequest {
  return { method: "GET", url: new URL(url), headers: { ...secrets, ...harmless } };
}

/** The error with which a redirect is refused. */
async function refusalOf(
  http: Http,
  request: HttpRequest,
  by = rules,
): Promise<DistError<"REDIRECT_REFUSED">> {
  const outcome: unknown = await sendFollowing(http, request, by).catch((error: unknown) => error);
  if (isDistError(outcome, "REDIRECT_REFUSED")) return outcome;
  throw new Error("expected REDIRECT_REFUSED", { cause: outcome });
}

function combined<A, B>(left: readonly A[], right: readonly B[]): readonly (readonly [A, B])[] {
  return left.flatMap((a) => right.map((b) => [a, b] as const));
}
