import { createHash, randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startServer } from "../../../test/support/http-server.ts";
import { type RunningServer, startDockerRegistry, startNginx } from "../../../test/support/servers.ts";
import type { HttpRequest, HttpResponse } from "../http.ts";
import { createWireHttp } from "./wire.ts";

const http = createWireHttp({ userAgent: "test" });
afterAll(() => http.close());

const big = randomBytes(20_000_000);

describe("nginx", () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startNginx(`
      root $directory; gzip on; gzip_min_length 1; gzip_types *; keepalive_requests 3;
      add_header X-Connection $connection always;
      location /included.shtml { ssi on; types { text/html shtml; } }
    `);
    await writeFile(join(server.directory, "big"), big);
    await writeFile(join(server.directory, "small"), "small".repeat(100));
    await writeFile(join(server.directory, "included.shtml"), '<!--#include virtual="/small" -->');
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test("delivers a large file whole", async () => {
    const response = await send(server.url, "/big");
    expect(response.body.length).toBe(big.length);
    expect(await digest(response)).toBe(digestOf(big));
  });

  test("delivers a part of it", async () => {
    const response = await send(server.url, "/big", { headers: { range: "bytes=19000000-" } });
    expect(response.status).toBe(206);
    expect(response.header("content-range")).toBe("bytes 19000000-19999999/20000000");
    expect(await digest(response)).toBe(digestOf(big.subarray(19_000_000)));
  });

  test("delivers bytes as they are, for it was asked to", async () => {
    const response = await send(server.url, "/small");
    expect(await digest(response)).toBe(digestOf("small".repeat(100)));
  });

  test("delivers a chunked body whole", async () => {
    const response = await send(server.url, "/included.shtml");
    expect(response.header("transfer-encoding")).toBe("chunked");
    expect(await digest(response)).toBe(digestOf("small".repeat(100)));
  });

  test("answers HEAD, 304 and 404 on one connection, until it closes that", async () => {
    const first = await send(server.url, "/small", { method: "HEAD" });
    const etag = first.header("etag") ?? "";
    const second = await send(server.url, "/small", { headers: { "if-none-match": etag } });
    const third = await send(server.url, "/missing");
    await digest(third);
    expect([first.status, second.status, third.status]).toEqual([200, 304, 404]);
    const fresh = await send(server.url, "/small");
    fresh.discard();
    const connections = [first, second, third, fresh].map((response) => response.header("x-connection"));
    expect(new Set(connections).size).toBe(2);
  });
});

describe("docker-registry", () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startDockerRegistry();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test("takes an upload and delivers it", async () => {
    const opened = await send(server.url, "/v2/a/b/blobs/uploads/", { method: "POST" });
    expect(opened.status).toBe(202);
    const target = new URL(opened.header("location") ?? "");
    target.searchParams.set("digest", `sha256:${digestOf(big)}`);
    const put = {
      method: "PUT",
      url: target,
      body: big,
      headers: { "content-type": "application/octet-stream" },
    };
    const stored = await http.send({ ...put, method: "PUT" });
    expect(stored.status).toBe(201);
    const blob = `/v2/a/b/blobs/sha256:${digestOf(big)}`;
    const head = await send(server.url, blob, { method: "HEAD" });
    expect(head.header("content-length")).toBe(String(big.length));
    expect(await digest(await send(server.url, blob))).toBe(digestOf(big));
  });

  test("says what is not there", async () => {
    const response = await send(server.url, "/v2/a/b/manifests/none");
    expect(response.status).toBe(404);
    expect(response.header("docker-distribution-api-version")).toBe("registry/2.0");
    response.discard();
  });

  test("answers many requests at once", async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => send(server.url, "/v2/")));
    expect(await Promise.all(answers.map(digest))).toEqual(answers.map(() => digestOf("{}")));
  });
});

describe("a Node server", () => {
  test("delivers a chunked body of pieces of every size", async () => {
    await using server = await startServer(async () => new Response(piecesOf(big)));
    const response = await send(server.url, "/");
    expect(response.body.length).toBeUndefined();
    expect(await digest(response)).toBe(digestOf(big));
  });

  test("serves its later requests on the same connection", async () => {
    await using server = await startServer(async (request) => new Response(request.url));
    for (let i = 0; i < 20; i++) await digest(await send(server.url, `/${i}`));
    expect(server.connections).toBe(1);
  });
});

function send(origin: string, path: string, request: Partial<HttpRequest> = {}): Promise<HttpResponse> {
  return http.send({ method: "GET", url: new URL(path, origin), ...request });
}

async function digest({ body }: HttpResponse): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of body) hash.update(chunk);
  return hash.digest("hex");
}

function digestOf(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Pieces of 1 byte to some 300 KiB, so that chunks begin and end everywhere in a receive buffer. */
function piecesOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0;
  let size = 1;
  return new ReadableStream<Uint8Array>({
    pull: (controller) => {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + size));
      at += size;
      size = size > 300_000 ? 1 : Math.ceil(size * 1.31);
    },
  });
}
