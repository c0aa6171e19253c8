import { describe, expect, test } from "vitest";
import { Secret } from "../../registry/index.ts";
import { createGate, type GateOptions } from "./gate.ts";

const local: GateOptions = { host: "127.0.0.1", allowedHosts: [], token: undefined };
const shared: GateOptions = { ...local, host: "0.0.0.0" };

/** What the gate answers: a status, or `undefined` when it lets the request pass. */
function ask(
  options: GateOptions,
  headers: Readonly<Record<string, string>>,
  target = "/",
  method = "GET",
): Response | undefined {
  return createGate(options)({ method, target, headers: new Headers({ host: "localhost", ...headers }) });
}

describe("a Host", () => {
  test.each([
    "localhost",
    "LOCALHOST:5000",
    "localhost.",
    "127.0.0.1",
    "127.0.0.1:80",
    "127.8.9.10",
    "127.1",
    "[::1]",
    "[::1]:5000",
  ])("%s is this machine", (host) => {
    expect(ask(local, { host })).toBeUndefined();
    expect(ask(shared, { host })).toBeUndefined();
  });

  test.each([
    "",
    "evil.example",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "127.0.0.1@evil.example",
    "localhost:5000:1",
    "localhost, evil.example",
    "localhost/evil.example",
    "evil.example#localhost",
    "localhost:99999",
    "[::1",
    "[evil]",
  ])("%s is foreign, whoever may connect", (host) => {
    expect(ask(local, { host })?.status).toBe(421);
    expect(ask(shared, { host })?.status).toBe(421);
  });

  test("is an address only where others may connect: a name can be rebound, an address cannot", () => {
    for (const host of ["192.168.1.5:5000", "[fe80::1]:5000", "0.0.0.0"]) {
      expect(ask(local, { host })?.status).toBe(421);
      expect(ask(shared, { host })).toBeUndefined();
    }
  });

  test("is the one that was listened on, or one that was allowed", () => {
    expect(ask({ ...local, host: "Dist.Lan" }, { host: "dist.lan:80" })).toBeUndefined();
    expect(ask({ ...local, host: "::" }, { host: "[::]:80" })).toBeUndefined();
    expect(ask({ ...local, allowedHosts: ["dist"] }, { host: "dist:80" })).toBeUndefined();
    expect(ask({ ...local, allowedHosts: ["dist"] }, { host: "other:80" })?.status).toBe(421);
  });
});

describe("an Origin", () => {
  test.each(["http://localhost:5000", "https://localhost:5000"])("%s is this site", (origin) => {
    expect(ask(local, { host: "localhost:5000", origin })).toBeUndefined();
  });

  test.each(["null", "http://localhost:5001", "http://evil.example", "localhost:5000"])(
    "%s is another site",
    (origin) => {
      expect(ask(local, { host: "localhost:5000", origin })?.status).toBe(403);
    },
  );
});

const basic = (login: string): string => `Basic ${Buffer.from(login).toString("base64")}`;

describe("a token", () => {
  const token = new Secret("correct horse");
  const closed: GateOptions = { ...local, token };

  test.each([
    "Bearer correct%20horse",
    "",
    "Bearer",
    "Bearer ",
    "Bearer wrong",
    basic("correct horse"),
    basic("correct horse:"),
    basic("user:wrong"),
    basic("user: correct horse"),
    "Digest correct",
    "Basic !!!",
  ])("is not %j", (authorization) => {
    const response = ask(closed, { authorization }, "/v2/");
    expect(response?.status).toBe(401);
    expect(response?.headers.get("www-authenticate")).toMatch(/^Basic realm="[^"]+"/);
  });

  test.each([
    basic("user:correct horse"),
    basic(":correct horse"),
    basic("user:correct horse").replace("Basic", "basic"),
  ])("is the password of any user: %j", (authorization) => {
    expect(ask(closed, { authorization }, "/v2/")).toBeUndefined();
  });

  test("is a bearer token too, and may have a colon", () => {
    const options = { ...local, token: new Secret("a:b") };
    for (const authorization of ["Bearer a:b", "bearer a:b", basic("user:a:b")]) {
      expect(ask(options, { authorization })).toBeUndefined();
    }
    expect(ask(options, { authorization: basic("a:b") })?.status).toBe(401);
  });

  test("is not asked for to say that the server is up", () => {
    expect(ask(closed, {}, "/healthz")).toBeUndefined();
    for (const target of ["/healthz/", "/healthz?x", "/Healthz", "//healthz", "/"]) {
      expect(ask(closed, {}, target)?.status).toBeGreaterThanOrEqual(400);
    }
  });
});

test("a body is refused when it is too long, or does not say how long it is", () => {
  expect(ask(local, { "content-length": "1048576" }, "/", "POST")).toBeUndefined();
  const long = ask(local, { "content-length": "1048577" }, "/", "POST");
  expect([long?.status, long?.headers.get("connection")]).toEqual([413, "close"]);
  expect(ask(local, { "transfer-encoding": "chunked" }, "/", "POST")?.status).toBe(411);
});

test("TRACE is refused", () => {
  const response = ask(local, {}, "/", "TRACE");
  expect([response?.status, response?.headers.get("allow")]).toEqual([405, "GET, HEAD, POST"]);
});

test.each([
  "/",
  "/v2/",
  "/v2/components/hello/manifests/sha256:abc",
  "/v2/components/hello/manifests/sha256%3Aabc",
  "/distributor-api/pack-status?tenant_id=a%2Fb&x=..",
  "/a.b/..c/c../~d/...",
])("%s is a plain path", (target) => {
  expect(ask(local, {}, target)).toBeUndefined();
});

test.each([
  "*",
  "",
  "http://localhost/",
  "evil.example:80",
  "//evil.example/",
  "/a//b",
  "/..",
  "/a/../b",
  "/a/./b",
  "/a/.",
  "/%2e%2e/a",
  "/a%2Fb",
  "/a%5cb",
  "/a\\b",
  "/a%00",
  "/a%0d%0ab",
  "/a%25b",
  "/a%7f",
  "/%c0%ae",
  "/%zz",
  "/%",
  "/a b",
  "/a\u0000",
  "/\u00e9",
  "/a#b",
  `/${"a".repeat(5000)}`,
])("%j is none", (target) => {
  expect(ask(local, {}, target)?.status).toBe(400);
});
