import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { DistError, type DistErrorCode, isDistError } from "../../src/core/index.ts";
import type { Http, HttpRequest, HttpResponse } from "../../src/http/index.ts";
import { startServer } from "../support/http-server.ts";
import { freePort } from "../support/servers.ts";
import { type RawAnswer, startRawServer } from "../support/raw-server.ts";

/** What every implementation of the port promises. */
export function describeHttpContract(name: string, createHttp: () => Http): void {
  describe(`${name} as an Http port`, () => {
    test("resolves with status and headers, whatever the status", async () => {
      const head = "HTTP/1.1 404 Not Found\r\nX-One: a\r\nx-one: b\r\nContent-Length: 0\r\n\r\n";
      await using exchange = await send(createHttp(), write(head));
      const { response } = exchange;
      expect(response.status).toBe(404);
      expect(response.header("X-ONE")).toBe("a, b");
      expect(response.header("x-two")).toBeUndefined();
    });

    test("sends method, target, headers and body as they are", async () => {
      const body = Buffer.from("a body");
      const request = { method: "PUT", headers: { "content-type": "text/plain", "x-a": "b" }, body } as const;
      await using exchange = await send(createHttp(), write(empty), request, "/a%20b/c?d=e%2Ff#g");
      const [head = ""] = exchange.requests;
      const fields = head.toLowerCase().split("\r\n");
      expect(head.split("\r\n")[0]).toBe("PUT /a%20b/c?d=e%2Ff HTTP/1.1");
      expect(fields).toContain("content-type: text/plain");
      expect(fields).toContain("x-a: b");
      expect(fields).toContain("content-length: 6");
    });

    test("sends a body that is produced while it is sent, in memory that is used again", async () => {
      const memory = Buffer.alloc(100_000);
      const body = {
        length: 300_000,
        async *[Symbol.asyncIterator]() {
          for (const letter of "abc") yield memory.fill(letter);
        },
      };
      const received: Record<string, number> = {};
      await using server = await startServer(async (request) => {
        for (const byte of new Uint8Array(await request.arrayBuffer())) {
          const letter = String.fromCharCode(byte);
          received[letter] = (received[letter] ?? 0) + 1;
        }
        return new Response("");
      });
      const http = createHttp();
      for (const method of ["PUT", "PATCH", "POST"] as const) {
        (await http.send({ method, url: new URL(server.url), body })).discard();
      }
      expect(received).toEqual({ a: 300_000, b: 300_000, c: 300_000 });
      http.close();
    });

    test("throws what a body throws while it is sent", async () => {
      await using server = await startServer(async (request) => new Response(await request.text()));
      const failure = new DistError("DIGEST_MISMATCH", "wrong", { expected: "a", actual: "b" });
      const body = {
        length: 3,
        async *[Symbol.asyncIterator]() {
          yield Buffer.from("ab");
          throw failure;
        },
      };
      const http = createHttp();
      await expect(http.send({ method: "PUT", url: new URL(server.url), body })).rejects.toBe(failure);
      http.close();
    });

    test.each([2, 4])("refuses a body that is not the 3 bytes it said, but %i", async (length) => {
      await using server = await startServer(async (request) => new Response(await request.text()));
      const body = {
        length: 3,
        async *[Symbol.asyncIterator]() {
          yield Buffer.alloc(length);
        },
      };
      const http = createHttp();
      await expect(http.send({ method: "PUT", url: new URL(server.url), body })).rejects.toBeInstanceOf(
        Error,
      );
      http.close();
    });

    test("asks for bytes as they are", async () => {
      await using exchange = await send(createHttp(), write(empty));
      expect(exchange.requests[0]?.toLowerCase()).toContain("\r\naccept-encoding: identity");
    });

    test("reads a body of a known length", async () => {
      await using exchange = await send(createHttp(), write(ok("Content-Length: 11"), "hello", " world"));
      const { body } = exchange.response;
      expect(body.length).toBe(11);
      expect(body.delimited).toBe(true);
      expect(await text(exchange.response)).toBe("hello world");
    });

    test("reads a chunked body", async () => {
      const chunks = ["5\r\nhello\r\n", "6\r\n world\r\n", "0\r\nX-Trailer: a\r\n\r\n"];
      await using exchange = await send(createHttp(), write(ok("Transfer-Encoding: chunked"), ...chunks));
      const { body } = exchange.response;
      expect(body.length).toBeUndefined();
      expect(body.delimited).toBe(true);
      expect(await text(exchange.response)).toBe("hello world");
    });

    test("says of a body that ends with its connection that its end proves nothing", async () => {
      const bytes = `${ok("Connection: close")}hello`;
      await using exchange = await send(createHttp(), (socket) => socket.end(bytes));
      expect(exchange.response.body.delimited).toBe(false);
      expect(await text(exchange.response)).toBe("hello");
    });

    test.for(["HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"])(
      "reads no body after %j",
      async (head) => {
        await using exchange = await send(createHttp(), write(head));
        expect(exchange.response.body.length).toBe(0);
        expect(await text(exchange.response)).toBe("");
      },
    );

    test("reads no body of a HEAD, and shows the length it announces", async () => {
      await using exchange = await send(createHttp(), write(ok("Content-Length: 5")), { method: "HEAD" });
      expect(exchange.response.header("content-length")).toBe("5");
      expect(exchange.response.body.length).toBe(0);
      expect(await text(exchange.response)).toBe("");
    });

    test("follows no redirect", async () => {
      const answer = write("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
      await using exchange = await send(createHttp(), answer);
      expect(exchange.response.status).toBe(302);
      expect(exchange.response.header("location")).toBe("/elsewhere");
      expect(exchange.requests).toHaveLength(1);
    });

    test.for([
      ["of a known length", `${ok("Content-Length: 6")}hello`],
      ["that is chunked", `${ok("Transfer-Encoding: chunked")}5\r\nhello\r\n`],
      ["that is chunked, inside a chunk", `${ok("Transfer-Encoding: chunked")}6\r\nhello`],
    ] as const)("fails when the connection closes inside a body %s", async ([, bytes]) => {
      const answer: RawAnswer = (socket) => void socket.end(bytes);
      await using exchange = await send(createHttp(), answer);
      await expect(text(exchange.response)).rejects.toSatisfy(isError("NETWORK"));
    });

    test("fails when nothing, or something else, answers", async () => {
      await expect(send(createHttp(), (socket) => socket.end())).rejects.toSatisfy(isError("NETWORK"));
      await expect(send(createHttp(), write("SSH-2.0-x\r\n\r\n"))).rejects.toSatisfy(isError("NETWORK"));
    });

    test("says who refuses connections, and shows no secret", async () => {
      const host = `127.0.0.1:${await freePort()}`;
      const url = new URL(`http://${host}/path?signature=s3cret`);
      const request: HttpRequest = { method: "GET", url, headers: { authorization: "Basic s3cret" } };
      const error = await createHttp().send(request).then(fail, asError);
      expect(error).toSatisfy(isError("NETWORK"));
      expect(error.message).toBe(`${host} refuses connections`);
      expect(error).toMatchObject({
        details: { method: "GET", url: `http://${host}/path?***`, credentialsSent: true },
      });
      expect(JSON.stringify([error, error.message, error.stack])).not.toContain("s3cret");
    });

    test("refuses a compressed response", async () => {
      const answer = write(ok("Content-Encoding: gzip", "Content-Length: 5"), "hello");
      await expect(send(createHttp(), answer)).rejects.toSatisfy(isError("NETWORK"));
    });

    test("takes a response that says it is not compressed", async () => {
      await using exchange = await send(
        createHttp(),
        write(ok("Content-Encoding: identity", "Content-Length: 0")),
      );
      expect(exchange.response.status).toBe(200);
    });

    test("sends nothing when its signal was aborted before", async () => {
      const reason = new Error("enough");
      const error = await send(createHttp(), write(empty), { signal: AbortSignal.abort(reason) }).then(
        fail,
        asError,
      );
      expect(error).toSatisfy(isError("ABORTED"));
      expect(error.cause).toBe(reason);
    });

    test("stops waiting for a response when its signal is aborted", async () => {
      const controller = new AbortController();
      const answer: RawAnswer = () => controller.abort();
      const sent = send(createHttp(), answer, { signal: controller.signal });
      await expect(sent).rejects.toSatisfy(isError("ABORTED"));
    });

    test("stops waiting for a body when its signal is aborted", async () => {
      const controller = new AbortController();
      const answer = write(ok("Content-Length: 10"), "hello");
      await using exchange = await send(createHttp(), answer, { signal: controller.signal });
      const read = text(exchange.response);
      setTimeout(() => controller.abort(), 20);
      await expect(read).rejects.toSatisfy(isError("ABORTED"));
    });

    test("lets a body be given up, more than once, and sends on", async () => {
      const http = createHttp();
      await using exchange = await send(http, write(ok("Content-Length: 10"), "hello"));
      exchange.response.discard();
      exchange.response.discard();
      await expect(text(exchange.response)).rejects.toThrow(TypeError);
      await using next = await send(http, write(ok("Content-Length: 2"), "ok"));
      expect(await text(next.response)).toBe("ok");
    });

    test.for([["Content-Length: 10"], []])(
      "rejects whoever waits for a body (%j) that is given up",
      async (fields) => {
        await using exchange = await send(createHttp(), write(ok(...fields)));
        const read = text(exchange.response);
        setTimeout(() => exchange.response.discard(), 10);
        await expect(read).rejects.toThrow(TypeError);
      },
    );

    test("gives a body up whose loop is left early", async () => {
      await using exchange = await send(createHttp(), write(ok("Content-Length: 10"), "hello"));
      for await (const chunk of exchange.response.body) {
        expect(Buffer.from(chunk).toString()).toBe("hello");
        break;
      }
      await expect(text(exchange.response)).rejects.toThrow(TypeError);
    });

    test.for<[string, Partial<HttpRequest>, string?]>([
      ["a header value with a line break", { headers: { "x-a": "b\r\nx-c: d" } }],
      ["a header value with a NUL", { headers: { "x-a": "\0" } }],
      ["a header name that is no token", { headers: { "x a": "b" } }],
      ["an upper-case header name", { headers: { "X-A": "b" } }],
      ["a header that it sets itself", { headers: { host: "elsewhere" } }],
      ["a body on a GET", { body: Buffer.from("a") }],
      ["userinfo in the URL", { url: new URL("http://user:secret@127.0.0.1/") }],
      ["a URL that is not http", { url: new URL("ftp://127.0.0.1/") }],
    ])("calls %s wrong use", async ([, request]) => {
      await expect(send(createHttp(), write(empty), request)).rejects.toThrow(TypeError);
    });
  });
}

const empty = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

function ok(...fields: readonly string[]): string {
  return `HTTP/1.1 200 OK\r\n${fields.map((field) => `${field}\r\n`).join("")}\r\n`;
}

/** Writes each piece on its own, and keeps the connection. */
function write(...pieces: readonly string[]): RawAnswer {
  return async (socket) => {
    for (const piece of pieces) {
      socket.write(piece, "latin1");
      await sleep(5);
    }
  };
}

async function send(http: Http, answer: RawAnswer, request: Partial<HttpRequest> = {}, target = "/") {
  const server = await startRawServer(answer);
  try {
    const response = await http.send({ method: "GET", url: new URL(target, server.url), ...request });
    const stop = async (): Promise<void> => {
      response.discard();
      http.close();
      await server[Symbol.asyncDispose]();
    };
    return { response, requests: server.requests, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

async function text(response: HttpResponse): Promise<string> {
  let whole = "";
  for await (const chunk of response.body) whole += Buffer.from(chunk).toString("latin1");
  return whole;
}

function isError(code: DistErrorCode): (error: unknown) => boolean {
  return (error) => isDistError(error, code);
}

function fail(): never {
  throw new Error("expected an error");
}

function asError(error: unknown): Error {
  if (error instanceof Error) return error;
  throw new TypeError("expected an error");
}
