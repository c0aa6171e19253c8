import { EventEmitter, once } from "node:events";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { errnoOf } from "../../src/core/index.ts";
import { createDevDistributor, type DevDistributor } from "../../src/dev/index.ts";
import { listen, type ListenOptions, type ServedRequest } from "../../src/dev/server/listen.ts";
import { hostileTargets } from "../support/hostile-targets.ts";
import { openSocket, rawRequest, readToEnd } from "../support/raw-request.ts";
import { tempDir } from "../support/temp-dir.ts";

const canary = "what nobody may read";

/** A served folder with a secret beside it, and links in it that lead there. */
async function openFortress(): Promise<DevDistributor> {
  const dir = await tempDir();
  const root = join(dir.path, "root");
  for (const folder of ["components/linked", "packs"]) await mkdir(join(root, folder), { recursive: true });
  for (const name of ["secret", "secret.wasm", "root/secret"]) await writeFile(join(dir.path, name), canary);
  await writeFile(join(root, "components/hello-1.0.0.wasm"), "hello");
  await symlink("../../secret.wasm", join(root, "components/link-1.0.0.wasm"));
  await symlink(dir.path, join(root, "components/linked/1.0.0"));
  await symlink(dir.path, join(root, "packs/outside"));
  const served = await createDevDistributor({ root });
  return {
    ...served,
    async [Symbol.asyncDispose]() {
      await served[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}

test("no request target leads out of the folder, however it is written", async () => {
  await using served = await openFortress();
  expect(hostileTargets.length).toBeGreaterThanOrEqual(60);
  for (const target of hostileTargets) {
    const { status, text } = await rawRequest(served.url, target);
    expect({ target, isRefused: status >= 400 && status < 500 }).toEqual({ target, isRefused: true });
    expect(text).not.toContain(canary);
    expect(text).not.toMatch(/^x-injected/im);
  }
});

test("a link that leads out of the folder is not served", async () => {
  await using served = await openFortress();
  expect((await served.list()).map(({ id }) => id)).toEqual(["hello"]);
  for (const id of ["link", "linked", "outside"]) {
    const { status } = await rawRequest(served.url, `/v2/components/${id}/manifests/1.0.0`);
    expect(status).toBe(404);
  }
});

test("a foreign Host, a target that is none, TRACE and a request without Host are refused", async () => {
  await using served = await openFortress();
  const { url } = served;
  expect((await rawRequest(url, "/healthz", { host: "evil.example" })).status).toBe(421);
  expect((await rawRequest(url, "http://evil.example/healthz")).status).toBe(400);
  expect((await rawRequest(url, "*", { method: "OPTIONS" })).status).toBe(400);
  expect((await rawRequest(url, "/healthz", { method: "TRACE" })).status).toBe(405);
  expect((await rawRequest(url, "/healthz", { method: "DELETE" })).status).toBe(405);
  expect((await rawRequest(url, "/healthz", { host: "localhost\r\nHost: evil.example" })).status).toBe(421);
  const socket = await openSocket(url);
  socket.end("GET /healthz HTTP/1.0\r\n\r\n");
  expect(String(await once(socket, "data"))).toMatch(/^HTTP\/1\.1 421 /);
});

const slow: ListenOptions = {
  host: "127.0.0.1",
  port: 0,
  timeouts: { headMs: 300, requestMs: 300, keepAliveMs: 200, idleMs: 900 },
  refuse: () => undefined,
  onRequest: () => undefined,
  now: Date.now,
};

/** Listens with short timeouts for as long as `work` lasts. */
async function whileListening(
  handler: (request: Request) => Promise<Response>,
  work: (url: string) => Promise<void>,
  options: Partial<ListenOptions> = {},
): Promise<void> {
  const listener = await listen(handler, { ...slow, ...options });
  try {
    await work(`http://127.0.0.1:${listener.port}`);
  } finally {
    await listener.close(0);
  }
}

const ok = (): Promise<Response> => Promise.resolve(new Response("ok"));
const readBody = async (request: Request): Promise<Response> => new Response(await request.text());
const failing = (): Promise<Response> => Promise.reject(new Error("secret reason"));
const failingBody = (): Promise<Response> => {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new Uint8Array(10)),
    pull: () => Promise.reject(new Error("the disk is gone")),
  });
  return Promise.resolve(new Response(body));
};

describe("a slow client loses its connection", () => {
  test.each([
    ["says nothing", ""],
    ["sends half of a head", "GET / HTTP/1.1\r\nHost: a\r\nX-Half"],
    ["sends half of a body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf"],
  ])("that %s", async (_, sent) => {
    await whileListening(readBody, async (url) => {
      const socket = await openSocket(url);
      socket.write(sent);
      expect(await readToEnd(socket)).toMatch(/^HTTP\/1\.1 408 /);
    });
  });

  test("that sends its head a byte at a time", async () => {
    await whileListening(ok, async (url) => {
      const socket = await openSocket(url);
      socket.write("GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ");
      const drip = setInterval(() => socket.write("a"), 20);
      // What is written when the server has closed can break the connection before its answer is read.
      const end = await readToEnd(socket).catch(errnoOf);
      expect(end).toMatch(/^(?:HTTP\/1\.1 408 |ECONNRESET|EPIPE)/);
      clearInterval(drip);
    });
  });

  test("that does not read what it asked for, and the body is cancelled", async () => {
    const over: ServedRequest[] = [];
    let isCancelled = false;
    const endless = (): Promise<Response> => {
      const body = new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(new Uint8Array(1 << 16)),
        cancel: () => {
          isCancelled = true;
        },
      });
      return Promise.resolve(new Response(body));
    };
    await whileListening(
      endless,
      async (url) => {
        const socket = await openSocket(url);
        socket.pause();
        socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        while (over.length === 0) await sleep(20);
        socket.destroy();
      },
      { onRequest: (request) => over.push(request) },
    );
    expect(over).toMatchObject([{ status: 200, isComplete: false, error: undefined }]);
    expect(isCancelled).toBe(true);
  });

  test("while others are served", async () => {
    await whileListening(ok, async (url) => {
      const idle = await Promise.all(Array.from({ length: 50 }, () => openSocket(url)));
      for (const socket of idle) socket.write("GET / HTTP/1.1\r\n");
      expect(await (await fetch(url)).text()).toBe("ok");
      for (const socket of idle) socket.destroy();
    });
  });
});

test("a handler that fails is answered for with 500, says nothing of why, and is told of", async () => {
  const over: ServedRequest[] = [];
  await whileListening(
    failing,
    async (url) => {
      const response = await fetch(url);
      expect(response.status).toBe(500);
      expect(await response.text()).not.toContain("secret");
    },
    { onRequest: (request) => over.push(request) },
  );
  expect(over).toMatchObject([{ status: 500, isComplete: true, error: { message: "secret reason" } }]);
});

test("a body that fails breaks the connection, so that nobody takes the part for the whole", async () => {
  const over: ServedRequest[] = [];
  await whileListening(
    failingBody,
    async (url) => {
      const response = await fetch(url);
      await expect(response.arrayBuffer()).rejects.toThrow(TypeError);
    },
    { onRequest: (request) => over.push(request) },
  );
  expect(over).toMatchObject([{ isComplete: false, bytesSent: 10, error: { message: "the disk is gone" } }]);
});

test("closing lets a response end that is on its way", async () => {
  const begun = new EventEmitter();
  const waiting = async (): Promise<Response> => {
    begun.emit("request");
    await once(begun, "finish");
    return new Response("whole");
  };
  const listener = await listen(waiting, slow);
  const request = once(begun, "request");
  const answer = fetch(`http://127.0.0.1:${listener.port}`);
  await request;
  const closed = listener.close(10_000);
  begun.emit("finish");
  expect(await (await answer).text()).toBe("whole");
  await closed;
});
