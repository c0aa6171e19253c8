import { getEventListeners } from "node:events";
import type { Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type RawAnswer, type RawServer, startRawServer } from "../../../test/support/raw-server.ts";
import { seededRandom } from "../../../test/support/fuzzed-responses.ts";
import { startServer } from "../../../test/support/http-server.ts";
import { isDistError } from "../../core/index.ts";
import type { Http, HttpRequest, HttpResponse, HttpTimeouts } from "../http.ts";
import { readBody } from "../read-body.ts";
import { createWireHttp } from "./wire.ts";

let http: Http;
const chunked = head("Transfer-Encoding: chunked");
beforeEach(() => {
  http = createWireHttp({ userAgent: "test/1" });
});
afterEach(() => http.close());

test("writes a request that any HTTP/1.1 server understands", async () => {
  await using server = await startRawServer(ok("hi"));
  await get(server, { url: new URL("/a?b=c", server.url), headers: { accept: "text/plain" } });
  expect(server.requests[0]?.split("\r\n")).toEqual([
    "GET /a?b=c HTTP/1.1",
    `host: ${new URL(server.url).host}`,
    "user-agent: test/1",
    "connection: keep-alive",
    "accept-encoding: identity",
    "accept: text/plain",
  ]);
});

test("uses a connection again when the body has been read", async () => {
  await using server = await startRawServer(ok("hi"));
  for (let i = 0; i < 5; i++) expect(await get(server)).toBe("hi");
  expect(server.sockets).toHaveLength(1);
});

test("uses a connection for as many requests as there are", async () => {
  const body = "0123456789".repeat(100);
  await using server = await startRawServer(ok(body));
  for (let i = 0; i < 2000; i++) expect(await get(server)).toBe(body);
  expect(server.sockets).toHaveLength(1);
});

test("uses a connection again when a body that had arrived was given up", async () => {
  await using server = await startRawServer(ok("hi"));
  const response = await send(server);
  response.discard();
  expect(await get(server)).toBe("hi");
  expect(server.sockets).toHaveLength(1);
});

test("closes a connection whose body was given up before it had arrived", async () => {
  await using server = await startRawServer((socket) => socket.write(head("Content-Length: 9")));
  const response = await send(server);
  response.discard();
  await expect.poll(() => server.sockets[0]?.destroyed).toBe(true);
});

test.for([
  ["says that it will close", head("Connection: close", "Content-Length: 2")],
  ["says so among other options", head("Connection: x, Close", "Content-Length: 2")],
  ["speaks HTTP/1.0", head("Connection: keep-alive", "Content-Length: 2").replace("1.1", "1.0")],
])("does not use a connection again when the server %s", async ([, start]) => {
  await using server = await startRawServer((socket) => socket.write(`${start}hi`));
  expect(await get(server)).toBe("hi");
  expect(await get(server)).toBe("hi");
  expect(server.sockets).toHaveLength(2);
});

test("reads the right body when more bytes follow it, and never takes them for the next response", async () => {
  await using server = await startRawServer((socket) =>
    socket.write(`${head("Content-Length: 2")}hi${head("X: y")}`),
  );
  expect(await get(server)).toBe("hi");
  expect(await get(server)).toBe("hi");
  expect(server.sockets).toHaveLength(2);
});

test("never takes what an idle connection says for a response", async () => {
  await using server = await startRawServer(ok("hi"));
  await get(server);
  server.sockets[0]?.write(`${head("Content-Length: 4")}evil`);
  await expect.poll(() => server.sockets[0]?.destroyed).toBe(true);
  expect(await get(server)).toBe("hi");
});

test("opens another connection when the server closes a kept one instead of answering", async () => {
  await using server = await startRawServer((socket) => {
    if (server.requests.length === 2) socket.resetAndDestroy();
    else socket.write(`${head("Content-Length: 2")}hi`);
  });
  expect(await get(server)).toBe("hi");
  expect(await get(server)).toBe("hi");
  expect(server.requests).toHaveLength(3);
  expect(server.sockets).toHaveLength(2);
});

test("does not send a request again once the server has begun to answer", async () => {
  await using server = await startRawServer((socket) => {
    if (server.requests.length === 2) socket.end("HTTP/1.1 2");
    else socket.write(`${head("Content-Length: 2")}hi`);
  });
  await get(server);
  await expect(get(server)).rejects.toSatisfy((error) => isDistError(error, "NETWORK"));
  expect(server.requests).toHaveLength(2);
});

test("sends what must not be sent twice over a connection of its own", async () => {
  await using server = await startRawServer(ok("hi"));
  await get(server);
  await get(server, { method: "POST" });
  expect(server.requests[1]).toContain("content-length: 0");
  expect(server.sockets).toHaveLength(2);
});

test("keeps no connection once it is closed", async () => {
  await using server = await startRawServer(ok("hi"));
  await get(server);
  http.close();
  await expect.poll(() => server.sockets[0]?.destroyed).toBe(true);
  await get(server);
  await expect.poll(() => server.sockets[1]?.destroyed).toBe(true);
});

test("passes over interim responses", async () => {
  const interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
  await using server = await startRawServer((socket) =>
    socket.write(`${interim}${head("Content-Length: 2")}hi`),
  );
  expect(await get(server)).toBe("hi");
});

test.for([
  ["a change of protocol", "HTTP/1.1 101 Switching Protocols\r\n\r\n", /change of protocol/],
  ["interim responses without end", "HTTP/1.1 100 Continue\r\n\r\n".repeat(100), /too many interim/],
  ["a head of more than 64 KiB", head(`X: ${"x".repeat(65_536)}`), /more header bytes/],
  ["header lines without end", head("X: y").trimEnd() + "\r\nX: y".repeat(20_000), /more header bytes/],
  ["chunk extensions without end", `${chunked}1${";a=b".repeat(3000)}`, /more header bytes/],
  ["chunk extensions that never stop", chunked + `1${";a".repeat(99)}\r\nx\r\n`.repeat(99), /too many chunk/],
  ["trailers without end", `${chunked}0\r\n${"x: y\r\n".repeat(20_000)}`, /more header bytes/],
] as const)("refuses %s", async ([, bytes, reason]) => {
  await using server = await startRawServer((socket) => socket.write(bytes));
  await expect(get(server)).rejects.toThrow(reason);
});

test("reads a head of almost 64 KiB that comes in small pieces", async () => {
  const bytes = `${head("X-Long: ".padEnd(60_000, "x"), "Content-Length: 2")}hi`;
  await using server = await startRawServer(async (socket) => {
    for (let at = 0; at < bytes.length; at += 7000) {
      socket.write(bytes.slice(at, at + 7000));
      await sleep(1);
    }
  });
  expect(await get(server)).toBe("hi");
});

test.for([
  ["Content-Length", `${head("Content-Length: 200", "X-A: b")}${"x".repeat(200)}`],
  ["chunks", `${chunked}${`64;a="b"\r\n${"x".repeat(100)}\r\n`.repeat(2)}0\r\nX-T: a\r\n\r\n`],
] as const)("takes no response with %s for whole that is cut anywhere", async ([, bytes]) => {
  let cut = 0;
  await using server = await startRawServer((socket) => socket.end(bytes.slice(0, cut)));
  for (; cut < bytes.length; cut++) {
    await expect(get(server), `cut at ${cut}`).rejects.toSatisfy((error) => isDistError(error, "NETWORK"));
  }
  expect(await get(server)).toBe("x".repeat(200));
});

test("leaves the chunk it has lent alone while the server sends on", async () => {
  await using server = await startRawServer(pour(8 << 20));
  const response = await send(server);
  let at = 0;
  for await (const chunk of response.body) {
    const before = Buffer.from(chunk);
    await sleep(5);
    expect(Buffer.compare(before, chunk)).toBe(0);
    expect(chunk[0]).toBe((at >> 10) & 0xff);
    at += chunk.length;
  }
  expect(at).toBe(8 << 20);
});

test("never uses the memory of a chunk again that was lent when its body was given up", async () => {
  await using server = await startRawServer(pour(1 << 20));
  const response = await send(server);
  const lent = [];
  for await (const chunk of response.body) {
    lent.push(chunk);
    break;
  }
  const before = Buffer.concat(lent);
  for (let i = 0; i < 5; i++) await get(server);
  expect(Buffer.concat(lent).equals(before)).toBe(true);
});

test("keeps bodies apart that are read, given up and aborted at the same time", async () => {
  await using server = await startRawServer((socket, request) => {
    const id = Number(/ \/(\d+) /.exec(request)?.[1]);
    socket.write(head(`Content-Length: ${id * 10_007}`));
    socket.write(Buffer.alloc(id * 10_007, id & 0xff));
  });
  const random = seededRandom(1);
  let next = 0;
  let whole = 0;
  const work = async (): Promise<void> => {
    while (next < 300) {
      const id = ++next;
      const controller = new AbortController();
      const url = new URL(`/${id}`, server.url);
      const response = await send(server, { url, signal: controller.signal });
      const fate = random();
      let length = 0;
      try {
        for await (const chunk of response.body) {
          if (random() < 0.2) await sleep(1);
          if (Buffer.alloc(chunk.length, id & 0xff).compare(chunk) !== 0)
            throw new Error(`wrong bytes in body ${id}`);
          length += chunk.length;
          if (fate < 0.1) controller.abort();
          else if (fate < 0.2) break;
        }
        if (length === response.body.length) whole++;
      } catch (error) {
        if (!isDistError(error, "ABORTED")) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: 12 }, work));
  expect(whole).toBeGreaterThan(200);
});

test("stops reading from the socket while its reader takes nothing", async () => {
  await using server = await startRawServer(pour(64 << 20));
  const response = await send(server);
  await sleep(200);
  // What is neither in our four buffers nor in the kernel's is still with the server.
  expect(server.sockets[0]?.writableLength).toBeGreaterThan(32 << 20);
  response.discard();
});

test("uploads a large body", async () => {
  await using server = await startServer(async (request) => {
    const { byteLength } = await request.arrayBuffer();
    return new Response(`${request.method} ${byteLength}`);
  });
  const body = Buffer.alloc(5_000_000, "x");
  const response = await http.send({ method: "PUT", url: new URL(server.url), body });
  expect(Buffer.from(await readBody(response, 100)).toString()).toBe("PUT 5000000");
});

test("reads the answer of a server that does not want the whole upload", async () => {
  await using server = await startRawServer((socket) => {
    socket.pause();
    socket.write("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
  });
  const response = await send(server, { method: "PUT", body: Buffer.alloc(20_000_000) });
  expect(response.status).toBe(413);
  const next = await send(server);
  expect(next.status).toBe(413);
  expect(server.sockets).toHaveLength(2);
});

test("leaves no listener on a signal, however a request ends", async () => {
  const { signal } = new AbortController();
  await using server = await startRawServer((socket) => {
    const answers = [`${head("Content-Length: 2")}hi`, "nonsense\r\n", head("Content-Length: 5")];
    socket.write(answers[server.requests.length % 3] ?? "");
  });
  for (let i = 0; i < 30; i++) {
    await send(server, { signal }).then(
      (response) => response.discard(),
      () => undefined,
    );
  }
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

test("says in which phase a server was too slow", async () => {
  await using mute = await startRawServer(() => undefined);
  await using stalled = await startRawServer((socket) => socket.write(head("Content-Length: 5")));
  const tls = new URL(mute.url.replace("http:", "https:"));
  http = impatient();
  await expect(http.send({ method: "GET", url: tls })).rejects.toSatisfy(isTimeout("connect"));
  await expect(get(mute)).rejects.toSatisfy(isTimeout("headers"));
  await expect(get(stalled)).rejects.toSatisfy(isTimeout("body"));
});

test("gives up on an upload that the server does not take", async () => {
  await using server = await startRawServer((socket) => socket.pause());
  http = impatient();
  const sent = send(server, { method: "PUT", body: Buffer.alloc(64 << 20) });
  await expect(sent).rejects.toSatisfy(isTimeout("body"));
});

test("gives up on a body that comes too slowly", async () => {
  await using server = await startRawServer(drip(10, 20));
  http = impatient({ stallMs: 400, stallBytes: 1000 });
  await expect(get(server)).rejects.toSatisfy(isTimeout("body"));
});

test("lets a body come slowly as long as it is fast enough in every window", async () => {
  await using server = await startRawServer(drip(100, 20, 100));
  http = impatient({ stallMs: 400, stallBytes: 300 });
  expect(await get(server)).toHaveLength(10_000);
});

test("does not count the time that its reader takes", async () => {
  await using server = await startRawServer(pour(4 << 20));
  http = impatient({ stallMs: 1000, stallBytes: 1 << 30 });
  const response = await send(server);
  let length = 0;
  for await (const chunk of response.body) {
    if (length === 0) await sleep(1500);
    length += chunk.length;
  }
  expect(length).toBe(4 << 20);
});

test.runIf(
  Object.values(networkInterfaces())
    .flat()
    .some((face) => face?.address === "::1"),
)("connects to an IPv6 address", async () => {
  await using server = await startRawServer(ok("hi"), undefined, "::1");
  expect(await get(server)).toBe("hi");
  expect(server.requests[0]).toContain(`host: ${new URL(server.url).host}`);
});

test("refuses a user agent that would break the request's head", () => {
  expect(() => createWireHttp({ userAgent: "a\r\nb: c" })).toThrow(TypeError);
});

test("says which host cannot be found", async () => {
  const sent = http.send({ method: "GET", url: new URL("http://no-such-host.invalid/") });
  await expect(sent).rejects.toThrow(/host no-such-host\.invalid/);
});

function impatient(timeouts: Partial<HttpTimeouts> = {}): Http {
  const all = { connectMs: 150, headersMs: 150, stallMs: 150, ...timeouts };
  return createWireHttp({ userAgent: "test/1", timeouts: all });
}

function isTimeout(phase: string): (error: unknown) => boolean {
  return (error) => isDistError(error, "TIMEOUT") && error.details.phase === phase;
}

function send(server: RawServer, request: Partial<HttpRequest> = {}): Promise<HttpResponse> {
  return http.send({ method: "GET", url: new URL(server.url), ...request });
}

async function get(server: RawServer, request?: Partial<HttpRequest>): Promise<string> {
  const body = await readBody(await send(server, request), 1e9);
  return Buffer.from(body).toString("latin1");
}

function head(...fields: readonly string[]): string {
  return `HTTP/1.1 200 OK\r\n${fields.map((field) => `${field}\r\n`).join("")}\r\n`;
}

function ok(body: string): RawAnswer {
  return (socket) => socket.write(`${head(`Content-Length: ${body.length}`)}${body}`);
}

/** Sends a body at once; each KiB of it consists of one byte that counts up. */
function pour(length: number): RawAnswer {
  const body = Buffer.alloc(length);
  for (let at = 0; at < length; at += 1024) body.fill((at >> 10) & 0xff, at, at + 1024);
  return (socket) => {
    socket.write(head(`Content-Length: ${length}`));
    socket.write(body);
  };
}

function drip(bytes: number, everyMs: number, times = Number.POSITIVE_INFINITY): RawAnswer {
  return async (socket: Socket) => {
    socket.write(head(`Content-Length: ${times === Number.POSITIVE_INFINITY ? 1e6 : bytes * times}`));
    for (let i = 0; i < times && !socket.destroyed; i++) {
      await sleep(everyMs);
      socket.write("x".repeat(bytes));
    }
  };
}
