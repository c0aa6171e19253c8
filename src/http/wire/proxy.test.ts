import { createHash, randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { startForwardProxy } from "../../../test/support/forward-proxy.ts";
import { startServer } from "../../../test/support/http-server.ts";
import { startRawServer } from "../../../test/support/raw-server.ts";
import { type Certificates, createCertificates } from "../../../test/support/servers.ts";
import { rejectionOf } from "../../../test/support/thrown.ts";
import type { Http } from "../http.ts";
import { readBody } from "../read-body.ts";
import { createWireHttp, type WireHttpOptions } from "./wire.ts";

let certificates: Certificates;
beforeAll(async () => {
  certificates = await createCertificates("DNS:registry.test", "DNS:localhost", "IP:127.0.0.1");
});

const secret = "Basic dXNlcjpwQHNzIHdvcmQ=";

/** A client that reaches `registry.test` through `proxy`. */
function through(proxy: string, options: Partial<WireHttpOptions> = {}): Http {
  const text = { text: proxy, source: "HTTPS_PROXY" };
  return createWireHttp({
    userAgent: "test",
    ca: certificates.ca,
    proxies: { http: text, https: text },
    ...options,
  });
}

/** `url`, as a name that only the proxy knows. */
function named(url: string): URL {
  const other = new URL(url);
  other.hostname = "registry.test";
  return other;
}

async function get(http: Http, url: URL, headers?: Record<string, string>): Promise<string> {
  try {
    return Buffer.from(
      await readBody(await http.send({ method: "GET", url, headers }), 100_000_000),
    ).toString();
  } finally {
    http.close();
  }
}

describe.each(["http", "https"] as const)("through a proxy that is spoken to in %s", (scheme) => {
  const tls = (): Certificates | undefined => (scheme === "https" ? certificates : undefined);

  test("an https server is reached by CONNECT, and neither sees the other's login", async () => {
    await using origin = await startServer(async () => new Response("hi"), certificates);
    await using proxy = await startForwardProxy({ tls: tls(), login: secret });
    const http = through(proxy.url.replace("://", "://user:p%40ss%20word@"));
    expect(await get(http, named(origin.url), { authorization: "Bearer token" })).toBe("hi");
    const authority = named(origin.url).host;
    expect(proxy.requests).toEqual([
      `CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\nproxy-authorization: ${secret}`,
    ]);
    expect(origin.requests[0]?.headers).toMatchObject({ authorization: "Bearer token", host: authority });
    expect(origin.requests[0]?.headers["proxy-authorization"]).toBeUndefined();
  });

  test("an http server is asked in absolute form", async () => {
    await using origin = await startServer(async (request) => new Response(new URL(request.url).pathname));
    await using proxy = await startForwardProxy({ tls: tls(), login: secret });
    const http = through(proxy.url.replace("://", "://user:p%40ss%20word@"));
    const url = new URL("/v2/a?b=c", named(origin.url));
    expect(await get(http, url)).toBe("/v2/a");
    expect(proxy.requests[0]?.split("\r\n")[0]).toBe(`GET ${url.href} HTTP/1.1`);
    expect(origin.requests[0]?.headers["proxy-authorization"]).toBeUndefined();
    expect(origin.requests[0]?.path).toBe("/v2/a?b=c");
  });

  test("many requests share one tunnel", async () => {
    await using origin = await startServer(async (request) => new Response(request.url), certificates);
    await using proxy = await startForwardProxy({ tls: tls() });
    const http = through(proxy.url);
    for (let i = 0; i < 10; i++) {
      await readBody(await http.send({ method: "GET", url: named(origin.url) }), 1000);
    }
    http.close();
    expect(proxy.requests).toHaveLength(1);
    expect(origin.requests).toHaveLength(10);
  });

  test.for([0, 3])("a large body arrives whole at a reader that pauses %i ms", async (pauseMs) => {
    const body = randomBytes(12_000_000);
    await using origin = await startServer(async () => new Response(body), certificates);
    await using proxy = await startForwardProxy({ tls: tls() });
    const http = through(proxy.url);
    const { body: chunks } = await http.send({ method: "GET", url: named(origin.url) });
    const hash = createHash("sha256");
    for await (const chunk of chunks) {
      const before = Buffer.from(chunk);
      if (pauseMs > 0) await sleep(pauseMs);
      expect(before.equals(chunk)).toBe(true);
      hash.update(chunk);
    }
    http.close();
    expect(hash.digest("hex")).toBe(createHash("sha256").update(body).digest("hex"));
  });
});

test("this machine is never reached through a proxy", async () => {
  await using origin = await startServer(async () => new Response("hi"));
  const http = through("http://127.0.0.1:1");
  expect(await get(http, new URL(origin.url))).toBe("hi");
});

test("what NO_PROXY names is reached directly", async () => {
  const text = { text: "http://127.0.0.1:1", source: "HTTPS_PROXY" };
  const http = createWireHttp({ userAgent: "test", proxies: { https: text, except: ".invalid" } });
  const error = await rejectionOf(get(http, new URL("https://registry.invalid")));
  expect(error.message).toMatch(/^cannot (?:find|look up) host registry\.invalid/);
});

test("the certificate of the server counts, whatever the proxy says", async () => {
  const other = await createCertificates("DNS:registry.test");
  await using origin = await startServer(async () => new Response("hi"), other);
  await using proxy = await startForwardProxy();
  const error = await rejectionOf(get(through(proxy.url), named(origin.url)));
  expect(error.message).toMatch(
    /^the certificate of registry\.test:\d+ is not signed by a trusted authority: /,
  );
  expect(error.message).toContain(`(through the proxy ${proxy.url} (HTTPS_PROXY))`);
});

test("the certificate of an https proxy counts too", async () => {
  const other = await createCertificates("DNS:localhost", "IP:127.0.0.1");
  await using proxy = await startForwardProxy({ tls: other });
  const error = await rejectionOf(get(through(proxy.url), new URL("https://registry.test")));
  expect(error.message).toMatch(
    /^the certificate of the proxy https:\/\/127\S+ \(HTTPS_PROXY\) is not signed by a trusted authority: /,
  );
  expect(proxy.requests).toEqual([]);
});

describe("a proxy that asks for a login", () => {
  test.for([
    ["https", "http://PROXY", "asks for a login (407)"],
    ["http", "http://PROXY", "asks for a login (407)"],
    ["https", "http://user:canary@PROXY", "refuses the login that was sent (407)"],
    ["http", "http://user:canary@PROXY", "refuses the login that was sent (407)"],
  ])("is named, for %s through %s", async ([scheme, address, said]) => {
    await using proxy = await startForwardProxy({ login: secret });
    const text = address!.replace("PROXY", new URL(proxy.url).host);
    const error = await rejectionOf(get(through(text), new URL(`${scheme}://registry.test/`)));
    expect(error).toMatchObject({ code: "NETWORK", message: `the proxy ${proxy.url} (HTTPS_PROXY) ${said}` });
    expect(error.hint).toContain("HTTPS_PROXY: http://USER:PASSWORD@");
    expect(error.details).toMatchObject({ status: 407 });
    const told = JSON.stringify([error.message, error.hint, error.details, String(error.cause)]);
    expect(told).not.toMatch(/canary|dXNlcjpjYW5hcnk/);
  });
});

describe("a proxy that fails", () => {
  const answers: readonly (readonly [title: string, bytes: string, message: RegExp])[] = [
    ["403", "HTTP/1.1 403 Forbidden\r\n\r\n", /answered 403 to the wish for a connection to registry\.test$/],
    ["502 with a page", "HTTP/1.1 502 Bad\r\nContent-Length: 5\r\n\r\nsorry", /answered 502 /],
    ["503 of HTTP/1.0", "HTTP/1.0 503 No\r\n\r\n", /answered 503 /],
    ["a redirect", "HTTP/1.1 302 Found\r\nLocation: http://evil.test/\r\n\r\n", /answered 302 /],
    ["101", "HTTP/1.1 101 Switching\r\n\r\n", /change of protocol/],
    ["another protocol", "SSH-2.0-OpenSSH\r\n\r\n", /no HTTP\/1\.1 status line/],
    ["a head without an end", `HTTP/1.1 200 OK\r\nx: ${"a".repeat(70_000)}`, /more header bytes/],
    ["bare line feeds", "HTTP/1.1 200 OK\n\n", /does not end with CRLF/],
    [
      "a head with a broken field",
      "HTTP/1.1 200 OK\r\nno field\r\n\r\n",
      /^cannot use the answer of the proxy/,
    ],
    [
      "bytes after its head",
      "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
      /bytes before the tunnel was used/,
    ],
    ["half a head", "HTTP/1.1 200 O", /closed before the end of the response header/],
    ["nothing", "", /closed before the end of the response header/],
    ["endless interim answers", "HTTP/1.1 100 Continue\r\n\r\n".repeat(40), /too many interim responses/],
  ];
  test.for(answers)("with %s is named", async ([, bytes, message]) => {
    await using proxy = await startRawServer((socket) => socket.end(bytes, "latin1"));
    const error = await rejectionOf(get(through(proxy.url), new URL("https://registry.test")));
    expect(error.code).toBe("NETWORK");
    expect(error.message).toMatch(message);
    expect(error.message).toContain(`the proxy ${proxy.url} (HTTPS_PROXY)`);
  });

  test("to open a tunnel that leads to TLS is named", async () => {
    await using proxy = await startRawServer((socket) => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      socket.once("data", () => socket.end("no TLS here"));
    });
    const error = await rejectionOf(get(through(proxy.url), new URL("https://registry.test")));
    expect(error.message).toBe(
      `registry.test does not speak TLS as expected (through the proxy ${proxy.url} (HTTPS_PROXY))`,
    );
  });

  test("to answer is given up after the time for connecting", async () => {
    await using proxy = await startRawServer(() => undefined);
    const http = through(proxy.url, { timeouts: { connectMs: 100 } });
    const error = await rejectionOf(get(http, new URL("https://registry.test")));
    expect(error).toMatchObject({ code: "TIMEOUT", details: { phase: "connect" } });
    expect(error.message).toContain(`the proxy ${proxy.url} (HTTPS_PROXY)`);
  });

  test("after a tunnel is open: a server that says nothing is given up too", async () => {
    await using proxy = await startRawServer((socket) => socket.write("HTTP/1.1 200 OK\r\n\r\n"));
    const http = through(proxy.url, { timeouts: { connectMs: 200 } });
    const error = await rejectionOf(get(http, new URL("https://registry.test")));
    expect(error).toMatchObject({ code: "TIMEOUT", details: { phase: "connect" } });
    expect(error.message).toMatch(/^registry\.test did not accept a connection in time \(through the proxy/);
  });

  test("to send its answer at once may still send it slowly", async () => {
    await using origin = await startServer(async () => new Response("hi"), certificates);
    await using proxy = await startForwardProxy({ isSlow: true });
    expect(await get(through(proxy.url), named(origin.url))).toBe("hi");
  });

  test("by not being there is named, with what to do", async () => {
    const error = await rejectionOf(get(through("http://127.0.0.1:1"), new URL("https://registry.test")));
    expect(error).toMatchObject({
      code: "NETWORK",
      message: "the proxy http://127.0.0.1:1 (HTTPS_PROXY) refuses connections",
      hint: expect.stringContaining("add it to NO_PROXY"),
    });
  });

  test("by having no address is named", async () => {
    const error = await rejectionOf(
      get(through("http://proxy.invalid:3128"), new URL("https://registry.test")),
    );
    expect(error.message).toMatch(
      /^cannot (?:find|look up) the proxy http:\/\/proxy\.invalid:3128 \(HTTPS_PROXY\)/,
    );
  });
});

test("a request that is stopped while its tunnel is made leaves no connection", async () => {
  const stop = new AbortController();
  await using proxy = await startRawServer(() => stop.abort());
  const http = through(proxy.url);
  const sent = http.send({ method: "GET", url: new URL("https://registry.test"), signal: stop.signal });
  expect(await rejectionOf(sent)).toMatchObject({ code: "ABORTED" });
  await expect.poll(() => proxy.sockets.every(({ destroyed }) => destroyed)).toBe(true);
});
