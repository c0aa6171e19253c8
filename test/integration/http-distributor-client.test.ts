import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  createTenantCtx,
  type DistributorClientConfig,
  DistributorError,
  HttpDistributorClient,
  type HttpDistributorClientOptions,
  isDistributorError,
} from "../../src/index.ts";
import { digestOf } from "../support/cache-files.ts";
import { type Handler, startServer, type TestServer } from "../support/http-server.ts";
import { startRawServer } from "../support/raw-server.ts";
import { freePort } from "../support/servers.ts";
import { rejectionOf } from "../support/thrown.ts";

const tenant = createTenantCtx("dev", "tenant-a");
const authToken = "t0ken-canary";

let answer: Handler;
let server: TestServer;
beforeEach(async () => {
  answer = async () => Response.json({});
  server = await startServer((request) => answer(request));
});
afterEach(() => server[Symbol.asyncDispose]());

function clientOf(
  config: Partial<DistributorClientConfig> = {},
  options: HttpDistributorClientOptions = {},
): HttpDistributorClient {
  const common = { baseUrl: server.url, environmentId: "dev", tenant, authToken };
  return new HttpDistributorClient({ ...common, ...config }, options);
}

const statusOf = (client: HttpDistributorClient): Promise<unknown> =>
  client.getPackStatus(tenant, "dev", "pack-1");

describe("an answer that is no success", () => {
  test.each([
    [404, "not_found", "NOT_FOUND", "resource not found: GET "],
    [401, "permission_denied", "UNAUTHORIZED", "permission denied: GET "],
    [403, "permission_denied", "FORBIDDEN", "permission denied: GET "],
    [400, "status", "NETWORK", "unexpected status 400: boom"],
    [429, "status", "NETWORK", "unexpected status 429: boom"],
    [503, "status", "NETWORK", "unexpected status 503: boom"],
    [304, "status", "NETWORK", "unexpected status 304: "],
    [206, "status", "NETWORK", "unexpected status 206: boom"],
  ])("of %d is %s", async (status, kind, code, message) => {
    answer = async () => new Response(status === 304 ? null : "boom", { status });
    const error = await rejectionOf(statusOf(clientOf()));
    expect(error).toMatchObject({ name: "DistributorError", kind, code, details: { status } });
    expect(error.message.startsWith(message)).toBe(true);
  });

  test("shows neither the token nor other secrets of the request, should the server repeat them", async () => {
    answer = async ({ headers }) =>
      new Response(`bad: ${headers.get("authorization")} ${headers.get("x-key")}`, { status: 500 });
    const error = await rejectionOf(statusOf(clientOf({ extraHeaders: { "X-Key": "k3y-canary" } })));
    expect(error.message).toBe("unexpected status 500: bad: Bearer *** ***");
    expect(inspect(error, { depth: 10 })).not.toContain("canary");
  });

  test("is cut, and cannot write to a terminal", async () => {
    answer = async () => new Response(`\u001b[2J${"x".repeat(10_000)}`, { status: 500 });
    const error = await rejectionOf(statusOf(clientOf()));
    expect(error.message).toContain("unexpected status 500: \\u{1b}[2Jxxx");
    expect(error.message.length).toBeLessThan(600);
  });

  test("is told without its body when that is endless", async () => {
    answer = async () => new Response(endless(), { status: 500 });
    await expect(statusOf(clientOf())).rejects.toMatchObject({ message: "unexpected status 500: " });
  });
});

describe("a redirect", () => {
  test("within the origin is followed, with the token", async () => {
    answer = async ({ url, headers }) =>
      url.includes("/moved/")
        ? Response.json({ token: headers.get("authorization") })
        : redirect(new URL(url).pathname.replace("/distributor-api/", "/moved/"));
    expect(await statusOf(clientOf())).toEqual({ token: `Bearer ${authToken}` });
  });

  test("that keeps the method is followed with the body", async () => {
    answer = async (request) =>
      request.url.endsWith("/there")
        ? new Response(`${request.method} ${await request.text()}`)
        : redirect("/there", 307);
    const bytes = await clientOf().fetchPack("pack-1", "1.0.0");
    expect(new TextDecoder().decode(bytes)).toBe('POST {"pack_id":"pack-1","version":"1.0.0"}');
  });

  test.each([301, 302, 303])("of a POST by %d is refused", async (status) => {
    answer = async () => redirect("/there", status);
    const error = await rejectionOf(clientOf().fetchPack("pack-1", "1.0.0"));
    expect(error).toMatchObject({ kind: "http", code: "REDIRECT_REFUSED" });
    expect(server.requests).toHaveLength(1);
  });

  test.each([301, 302, 303, 307, 308])("by %d to another origin tells it nothing", async (status) => {
    await using sink = await startServer(async () => Response.json({}));
    answer = async () => redirect(`${sink.url}/distributor-api/pack-status`, status);
    const client = clientOf();
    const errors = await Promise.all([
      rejectionOf(statusOf(client)),
      rejectionOf(client.fetchPack("pack-1", "1.0.0")),
      rejectionOf(client.warmPack(tenant, "dev", "pack-1")),
    ]);
    for (const error of errors) expect(error).toMatchObject({ kind: "http", code: "REDIRECT_REFUSED" });
    expect(sink.requests).toEqual([]);
    expect(sink.connections).toBe(0);
  });

  test("is followed five times", async () => {
    answer = async ({ url }) => redirect(`${new URL(url).pathname}x`);
    const error = await rejectionOf(statusOf(clientOf()));
    expect(error.message).toContain("one more than the 5 that are followed");
    expect(server.requests).toHaveLength(6);
  });
});

describe("a server", () => {
  test("that does not answer is given up", async () => {
    answer = () => new Promise<never>(() => undefined);
    const error = await rejectionOf(statusOf(clientOf({ requestTimeoutMs: 50 })));
    expect(error).toMatchObject({ kind: "http", code: "TIMEOUT", details: { phase: "headers" } });
    expect(error.message).toBe(`http error: ${server.host} did not answer within 50 ms`);
  });

  test.each(["status", "pack"])("that stops in the middle of a %s is given up", async (what) => {
    answer = async () => new Response(stalled());
    const client = clientOf({ requestTimeoutMs: 50 });
    const call = what === "pack" ? client.fetchPack("pack-1", "1.0.0") : statusOf(client);
    expect(await rejectionOf(call)).toMatchObject({
      kind: "http",
      code: "TIMEOUT",
      details: { phase: "body" },
    });
  });

  test("that is waited for can be left by the caller", async () => {
    const stop = new AbortController();
    answer = async () => {
      stop.abort();
      return new Promise<never>(() => undefined);
    };
    const call = clientOf().warmPack(tenant, "dev", "pack-1", { signal: stop.signal });
    const error = await rejectionOf(call);
    expect(error.code).toBe("ABORTED");
    expect(isDistributorError(error)).toBe(false);
  });

  test("that is not there is an http error", async () => {
    const baseUrl = `http://127.0.0.1:${await freePort()}`;
    const error = await rejectionOf(statusOf(clientOf({ baseUrl })));
    expect(error).toMatchObject({ kind: "http", code: "NETWORK" });
    expect(error.message).toBe(`http error: ${new URL(baseUrl).host} refuses connections`);
  });

  test.each([
    ["announces too much", (): Response => new Response("x".repeat(4_194_305))],
    ["never ends", (): Response => new Response(endless())],
  ])("that %s is given up", async (_, respond) => {
    answer = async () => respond();
    const error = await rejectionOf(statusOf(clientOf()));
    expect(error).toMatchObject({ kind: "http", code: "NETWORK" });
    expect(error.message).toContain("too large: expected at most 4194304 bytes");
  });

  test("sends packs no larger than allowed", async () => {
    answer = async () => new Response("12345");
    const [five, four] = [clientOf({}, { maxArtifactBytes: 5 }), clientOf({}, { maxArtifactBytes: 4 })];
    expect(await five.fetchPack("pack-1", "1.0.0")).toHaveLength(5);
    expect((await rejectionOf(four.fetchPack("pack-1", "1.0.0"))).message).toContain(
      "expected at most 4 bytes",
    );
  });

  test("that may have been cut off in a pack is not believed", async () => {
    await using raw = await startRawServer((socket) =>
      socket.end("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf"),
    );
    const client = clientOf({ baseUrl: raw.url });
    const error = await rejectionOf(client.fetchPack("pack-1", "1.0.0"));
    expect(error.message).toContain("does not say where the answer ends");
  });

  test("cannot pass other bytes off as those of a digest", async () => {
    answer = async () => new Response("other");
    const error = await rejectionOf(clientOf().getByDigest(digestOf("these")));
    expect(error).toMatchObject({
      code: "DIGEST_MISMATCH",
      details: { expected: digestOf("these"), actual: digestOf("other") },
    });
  });
});

describe("an answer that cannot be understood", () => {
  test.each([
    ["no JSON", "<html>", "it is no JSON"],
    ["nothing", "", "it is no JSON"],
    ["no UTF-8", new Uint8Array([0x22, 0xff, 0x22]), "it is no UTF-8"],
    ["too deep", "[".repeat(2_000_000), "it is nested deeper than 128 levels"],
  ])("is a serialization error: %s", async (_, body, reason) => {
    answer = async () => new Response(body);
    await expect(statusOf(clientOf())).rejects.toMatchObject({
      kind: "serialization",
      message: `serialization error: the answer to GET ${server.url}/distributor-api/pack-status: ${reason}`,
    });
  });

  test("names the field that is wrong", async () => {
    answer = async () => Response.json({ status: 7, extra: {} });
    await expect(clientOf().getPackStatusV2(tenant, "dev", "p")).rejects.toMatchObject({
      kind: "serialization",
      message: expect.stringContaining("status: Invalid type: Expected string but received 7") as string,
    });
  });

  test.each(["", "{}", "[]", "null"])("is none after a pack was warmed: %j", async (body) => {
    answer = async () => new Response(body);
    await expect(clientOf().warmPack(tenant, "dev", "pack-1")).resolves.toBeUndefined();
  });
});

describe("a configuration", () => {
  test("without a base URL fails each call, and sends nothing", async () => {
    const client = clientOf({ baseUrl: undefined });
    const calls = [statusOf(client), client.fetchPack("p", "1"), client.resolveRef("x")];
    for (const error of await Promise.all(calls.map(rejectionOf))) {
      expect(error).toMatchObject({ kind: "invalid_response", code: "INVALID_CONFIG" });
      expect(error.message).toBe("invalid response: base_url not configured");
    }
  });

  test.each(["", "/", "/base", "/base/", "/base//"])(
    "may have a base URL that ends with %j",
    async (path) => {
      await statusOf(clientOf({ baseUrl: server.url + path }));
      const base = path.replace(/\/+$/, "");
      expect(server.requests[0]?.path).toMatch(new RegExp(`^${base}/distributor-api/pack-status\\?`));
    },
  );

  test.each([
    ["ftp://example.com", "INVALID_CONFIG"],
    ["example.com", "INVALID_CONFIG"],
    ["https://example.com/?token=canary", "INVALID_CONFIG"],
    ["https://example.com/#canary", "INVALID_CONFIG"],
    ["https://user:canary@example.com/", "INVALID_CONFIG"],
    ["http://example.com/", "INSECURE_URL"],
  ])("with the base URL %s is refused", (baseUrl, code) => {
    let error: unknown;
    try {
      clientOf({ baseUrl });
    } catch (reason) {
      error = reason;
    }
    expect(error).toMatchObject({ code });
    expect(String(error)).not.toContain("canary");
  });

  test("may allow plain http to other machines", () => {
    expect(() => clientOf({ baseUrl: "http://example.com/", allowInsecureHttp: true })).not.toThrow();
  });

  test("has headers that win over what is sent otherwise", async () => {
    await statusOf(clientOf({ extraHeaders: { Authorization: "Basic abc", "X-Tenant": "a" } }));
    expect(server.requests[0]?.headers).toMatchObject({ authorization: "Basic abc", "x-tenant": "a" });
  });

  test.each([
    { extraHeaders: { "x key": "canary" } },
    { extraHeaders: { "x-key": "canary\r\nx: y" } },
    { extraHeaders: { host: "canary" } },
    { authToken: "canary\n" },
  ])("with headers that cannot be sent is refused: %j", (config) => {
    expect(() => clientOf(config)).toThrow(
      expect.objectContaining({
        code: "INVALID_CONFIG",
        message: expect.not.stringContaining("canary") as string,
      }) as Error,
    );
  });

  test("with a proxy wants a fetch that knows it", async () => {
    const proxyUrl = "http://proxy.example.com:3128";
    expect(() => clientOf({ proxyUrl })).toThrow("a proxy is configured, and the global fetch uses none");
    expect(await statusOf(clientOf({ proxyUrl }, { fetch: globalThis.fetch }))).toEqual({});
  });
});

test("what cannot be written as JSON is not sent", async () => {
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  const request = { tenant, environmentId: "dev", packId: "p", componentId: "c", version: "1" };
  for (const extra of [circle, 1n]) {
    const error = await rejectionOf(clientOf().resolveComponent({ ...request, extra }));
    expect(error).toMatchObject({ code: "INVALID_INPUT" });
  }
  expect(server.requests).toEqual([]);
});

test("an error shows nothing of the configuration", async () => {
  answer = async () => new Response("boom", { status: 500 });
  const client = clientOf();
  const error = await rejectionOf(statusOf(client));
  expect(error).toBeInstanceOf(DistributorError);
  expect(inspect([client, error], { depth: 10, showHidden: true })).not.toContain("canary");
});

function redirect(location: string, status = 302): Response {
  return new Response(null, { status, headers: { location } });
}

function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(0x20)) });
}

function stalled(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(10)) });
}
