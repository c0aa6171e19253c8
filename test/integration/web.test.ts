import { once } from "node:events";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bytesOf } from "../support/artifacts.ts";
import { digestOf, filesBelow, leftovers, viewOf } from "../support/cache-files.ts";
import { openClient } from "../support/client.ts";
import { type Handler, startServer } from "../support/http-server.ts";
import { startRawServer } from "../support/raw-server.ts";
import { createCertificates } from "../support/servers.ts";
import { tempDir } from "../support/temp-dir.ts";

const wasm = bytesOf(5000, "web");
const digest = digestOf(wasm);
const plain = { allowInsecureLocalHttp: true } as const;

test("an artifact comes over https from a server that the given authority signed, and from no other", async () => {
  const { key, cert, ca } = await createCertificates("DNS:localhost", "IP:127.0.0.1");
  await using server = await startServer(serve(), { key, cert });
  await using dir = await tempDir();
  const reference = `${server.url}/hello.wasm`;
  await using strangers = openClient(dir.path);
  await expect(strangers.client.ensureCached(reference)).rejects.toMatchObject({
    code: "NETWORK",
    message: expect.stringContaining("not signed by a trusted authority"),
  });
  expect(await leftovers(dir.path)).toEqual([]);
  await using cache = openClient(dir.path, { ca });
  expect(await cache.client.ensureCached(reference)).toEqual({
    reference,
    digest,
    contentDigest: digest,
    manifestDigest: undefined,
    cachePath: viewOf(dir.path, digest, "component.wasm"),
    fetched: true,
  });
  const file = join(dir.path, "ca.pem");
  await writeFile(file, ca);
  await using byVariable = openClient(dir.path, { env: { SSL_CERT_FILE: file } });
  expect((await byVariable.client.ensureCached(reference)).digest).toBe(digest);
});

test("an authority file that cannot be read is INVALID_CONFIG, and the client can be disposed of all the same", async () => {
  await using dir = await tempDir();
  await using cache = openClient(dir.path, { env: { SSL_CERT_FILE: join(dir.path, "nowhere.pem") } });
  await expect(cache.client.ensureCached("https://127.0.0.1:1/x.wasm")).rejects.toMatchObject({
    code: "INVALID_CONFIG",
    message: expect.stringContaining("SSL_CERT_FILE"),
  });
  await expect(cache.client[Symbol.asyncDispose]()).resolves.toBeUndefined();
});

test("plain http is refused, but to this machine when that is asked for; offline is said first", async () => {
  await using server = await startServer(serve());
  await using dir = await tempDir();
  await using strict = openClient(dir.path);
  await using lenient = openClient(dir.path, { env: { GREENTIC_DIST_ALLOW_INSECURE_LOCAL_HTTP: "1" } });
  const local = `${server.url}/hello.wasm`;
  await expect(strict.client.ensureCached(local)).rejects.toMatchObject(insecure(local));
  for (const host of ["example.com", "127.0.0.1.example.com", "10.0.0.1", "localhost.example.com", "[::2]"]) {
    const reference = `http://${host}/hello.wasm`;
    await expect(lenient.client.ensureCached(reference)).rejects.toMatchObject(insecure(reference));
    await using offline = openClient(dir.path, { offline: true });
    await expect(offline.client.ensureCached(reference)).rejects.toMatchObject({
      code: "OFFLINE",
      message: `offline mode forbids fetching \`${reference}\``,
    });
  }
  expect(server.connections).toBe(0);
  expect((await lenient.client.ensureCached(local)).digest).toBe(digest);
  expect((await lenient.client.ensureCached(local.replace("127.0.0.1", "localhost"))).digest).toBe(digest);
});

test("what is unchanged by its ETag is not sent again; what changed is", async () => {
  let body = wasm;
  await using server = await startServer(async (request) => {
    const etag = `"${digestOf(body)}"`;
    const headers = { etag, "content-length": String(body.length) };
    return request.headers.get("if-none-match") === etag
      ? new Response(null, { status: 304, headers: { etag } })
      : new Response(body, { headers });
  });
  await using dir = await tempDir();
  const reference = `${server.url}/hello.wasm`;
  await using cache = openClient(dir.path, plain);
  const seen = () => server.requests.map(({ status, bytesSent }) => `${status} ${bytesSent}`);
  expect(await cache.client.resolveRef(reference)).toEqual({ reference, digest });
  expect(await cache.client.ensureCached(reference)).toMatchObject({ digest, fetched: false });
  expect(await cache.client.resolveRef(reference)).toEqual({ reference, digest });
  expect(seen()).toEqual(["200 5000", "304 0", "304 0"]);
  body = bytesOf(6000, "changed");
  expect(await cache.client.ensureCached(reference)).toMatchObject({ digest: digestOf(body), fetched: true });
  await cache.client.removeCached([digestOf(body)]);
  expect((await cache.client.ensureCached(reference)).fetched).toBe(true);
  expect(seen().slice(3)).toEqual(["200 6000", "200 6000"]);
});

test("what the server no longer has, and the cache has lost meanwhile, is not found", async () => {
  await using dir = await tempDir();
  const root = join(dir.path, "cache");
  let asked = 0;
  await using server = await startServer(async () => {
    asked += 1;
    if (asked === 1) return new Response(bytesOf(1000, "lost"), { headers: { etag: '"1"' } });
    if (asked === 3) return new Response("gone", { status: 404 });
    await rm(root, { recursive: true });
    return new Response(null, { status: 304 });
  });
  await using cache = openClient(root, { allowInsecureLocalHttp: true });
  await cache.client.ensureCached(`${server.url}/x.wasm`);
  await expect(cache.client.ensureCached(`${server.url}/x.wasm`)).rejects.toMatchObject({
    code: "NOT_FOUND",
  });
  expect(asked).toBe(3);
});

test("an ETag that cannot be sent back does no harm", async () => {
  await using dir = await tempDir();
  for (const etag of ['"caf\u00e9"', 'W/"weak"', "unquoted", '"a"b"', '"\t"']) {
    await using server = await startRawServer((socket) => {
      const head = `HTTP/1.1 200 OK\r\ncontent-length: 5\r\netag: ${etag}\r\n\r\nhello`;
      socket.write(Buffer.from(head, "latin1"));
    });
    await using cache = openClient(dir.path, plain);
    for (let i = 0; i < 2; i++) {
      expect((await cache.client.ensureCached(`${server.url}/x`)).digest).toBe(digestOf("hello"));
    }
    expect(server.requests).toHaveLength(2);
  }
});

test("without an ETag an address is read again each time, and kept once", async () => {
  await using server = await startServer(serve());
  await using dir = await tempDir();
  await using cache = openClient(dir.path, plain);
  for (let i = 0; i < 2; i++) {
    expect(await cache.client.ensureCached(`${server.url}/hello.wasm`)).toMatchObject({ digest });
  }
  expect(server.requests.map(({ bytesSent }) => bytesSent)).toEqual([5000, 5000]);
  expect(await cache.client.listCache()).toHaveLength(1);
});

test("offline, an address that was fetched before is served with what it last meant", async () => {
  await using server = await startServer(serve());
  await using dir = await tempDir();
  await using online = openClient(dir.path, plain);
  const { cachePath } = await online.client.ensureCached(`${server.url}/hello.wasm?v=1`);
  server.clearLog();
  await using offline = openClient(dir.path, { offline: true });
  expect(await offline.client.ensureCached(`${server.url}/hello.wasm?v=1#part`)).toMatchObject({
    digest,
    cachePath,
    fetched: false,
  });
  expect(offline.warnings()).toEqual(["SERVED_OFFLINE"]);
  await expect(offline.client.ensureCached(`${server.url}/hello.wasm?v=2`)).rejects.toMatchObject({
    code: "OFFLINE",
  });
  await online.client.removeCached([digest]);
  await expect(offline.client.ensureCached(`${server.url}/hello.wasm?v=1`)).rejects.toMatchObject({
    code: "OFFLINE",
  });
  expect(server.connections).toBe(0);
});

test("each refusal of a server has its code, names the status, and leaves nothing behind", async () => {
  let status = 200;
  await using server = await startServer(async () => {
    const body = "no such thing";
    return new Response(body, { status, headers: { "content-length": String(body.length) } });
  });
  await using dir = await tempDir();
  await using cache = openClient(dir.path, plain);
  const reference = `${server.url}/hello.wasm`;
  for (const [answer, code] of [
    [401, "UNAUTHORIZED"],
    [403, "FORBIDDEN"],
    [404, "NOT_FOUND"],
    [410, "NOT_FOUND"],
    [429, "RATE_LIMITED"],
    [400, "NETWORK"],
    [500, "NETWORK"],
    [503, "NETWORK"],
    [202, "NETWORK"],
    [206, "NETWORK"],
  ] as const) {
    status = answer;
    await expect(cache.client.ensureCached(reference)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(`answered ${answer}`),
      details: { reference, status: answer, credentialsSent: false },
    });
  }
  expect(await leftovers(dir.path)).toEqual([]);
  status = 200;
  expect((await cache.client.ensureCached(reference)).digest).toBe(digestOf("no such thing"));
});

test("an answer that is cut, compressed, or ends with the connection is refused, and leaves nothing behind", async () => {
  await using dir = await tempDir();
  const answers: readonly string[] = [
    "HTTP/1.1 200 OK\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
    "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 5\r\n\r\nhello",
    "HTTP/1.1 304 Not Modified\r\n\r\n",
    "nonsense\r\n\r\n",
  ];
  for (const answer of answers) {
    await using server = await startRawServer((socket) => socket.end(answer));
    await using cache = openClient(dir.path, plain);
    await expect(cache.client.ensureCached(`${server.url}/x.wasm`)).rejects.toMatchObject({
      code: "NETWORK",
    });
    expect(await leftovers(dir.path)).toEqual([]);
  }
});

test("an artifact over the limit is refused, whether its size is announced or not", async () => {
  await using dir = await tempDir();
  for (const announced of [true, false]) {
    await using server = await startServer(serve({ announced }));
    await using small = openClient(dir.path, { ...plain, maxArtifactBytes: 4999 });
    await expect(small.client.ensureCached(`${server.url}/x.wasm`)).rejects.toMatchObject({
      code: "SIZE_MISMATCH",
    });
    expect(await leftovers(dir.path)).toEqual([]);
    await using enough = openClient(dir.path, { ...plain, maxArtifactBytes: 5000 });
    expect((await enough.client.ensureCached(`${server.url}/x.wasm`)).digest).toBe(digest);
    await enough.client.removeCached([digest]);
  }
});

test("an answer that is not wanted is given up: its connection ends, however much is still to come", async () => {
  await using dir = await tempDir();
  for (const status of ["200 OK", "404 Not Found"]) {
    await using server = await startRawServer((socket) =>
      socket.write(`HTTP/1.1 ${status}\r\ncontent-length: 1000000000\r\n\r\nbeginning`),
    );
    await using cache = openClient(dir.path, { ...plain, maxArtifactBytes: 5000 });
    const failure = { code: status.startsWith("200") ? "SIZE_MISMATCH" : "NOT_FOUND" };
    await expect(cache.client.ensureCached(`${server.url}/x.wasm`)).rejects.toMatchObject(failure);
    const [socket] = server.sockets;
    if (!socket!.closed) await once(socket!, "close");
    expect(socket!.closed).toBe(true);
  }
});

test("ten redirects are followed, and no eleventh", async () => {
  await using server = await startServer(async (request) => {
    const left = Number(new URL(request.url).pathname.slice(1));
    return left === 0
      ? serve()(request)
      : new Response(null, { status: 302, headers: { location: `/${left - 1}`, "content-length": "0" } });
  });
  await using dir = await tempDir();
  await using cache = openClient(dir.path, plain);
  expect((await cache.client.ensureCached(`${server.url}/10`)).digest).toBe(digest);
  expect(server.requests).toHaveLength(11);
  await expect(cache.client.ensureCached(`${server.url}/11`)).rejects.toMatchObject({
    code: "REDIRECT_REFUSED",
    message: expect.stringContaining("10"),
  });
  expect(server.requests).toHaveLength(22);
});

test("a redirect from https to http is refused, and no request follows it", async () => {
  const { key, cert, ca } = await createCertificates("IP:127.0.0.1");
  await using target = await startServer(serve());
  await using server = await startServer(
    async () => new Response(null, { status: 302, headers: { location: `${target.url}/x` } }),
    { key, cert },
  );
  await using dir = await tempDir();
  await using cache = openClient(dir.path, { ...plain, ca });
  await expect(cache.client.ensureCached(`${server.url}/x`)).rejects.toMatchObject({
    code: "REDIRECT_REFUSED",
  });
  expect(target.connections).toBe(0);
});

test("a login in an address goes to its server, not past a redirect, and into no file, event, error or trace", async () => {
  await using other = await startServer(serve());
  await using server = await startServer(
    async () => new Response(null, { status: 302, headers: { location: `${other.url}/x.wasm` } }),
  );
  await using dir = await tempDir();
  await using cache = openClient(dir.path, plain);
  await cache.client.ensureCached(withLogin(server.url, "/x.wasm?token=canary-query"));
  const authorization = `Basic ${Buffer.from("ada:canary-@%zz").toString("base64")}`;
  expect(server.requests[0]?.headers.authorization).toBe(authorization);
  expect(other.requests[0]?.headers.authorization).toBeUndefined();
  await using refusing = await startServer(async () => new Response(null, { status: 401 }));
  const failure = await cache.client
    .ensureCached(withLogin(refusing.url, "/x.wasm?token=canary-query"))
    .catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "UNAUTHORIZED", details: { credentialsSent: true } });
  const said = [
    JSON.stringify(cache.events),
    ...cache.lines,
    JSON.stringify(failure),
    String(failure),
    ...(await contentsOf(dir.path)),
  ].join("\n");
  expect(said).not.toMatch(/canary/);
  expect(said).toContain("x.wasm");
});

async function contentsOf(root: string): Promise<readonly string[]> {
  const paths = await filesBelow(root);
  return Promise.all(paths.map(async (path) => `${path} ${await readFile(join(root, path), "latin1")}`));
}

function serve({ announced = true }: { readonly announced?: boolean } = {}): Handler {
  return async () =>
    new Response(wasm, {
      headers: announced ? { "content-length": String(wasm.length) } : { "transfer-encoding": "chunked" },
    });
}

function insecure(reference: string): object {
  return { code: "INSECURE_URL", message: `insecure url \`${reference}\`: only https is allowed` };
}

function withLogin(url: string, path: string): string {
  return url.replace("//", "//ada:canary-%40%zz@") + path;
}
