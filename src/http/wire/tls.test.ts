import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { type RawAnswer, startRawServer } from "../../../test/support/raw-server.ts";
import { type Certificates, createCertificates } from "../../../test/support/servers.ts";
import { isDistError } from "../../core/index.ts";
import { readBody } from "../read-body.ts";
import type { Authorities } from "../trust.ts";
import { loadAuthorities } from "./authorities.ts";
import { createWireHttp } from "./wire.ts";

let certificates: Certificates;
beforeAll(async () => {
  certificates = await createCertificates("DNS:localhost", "IP:127.0.0.1");
});
afterEach(() => vi.unstubAllEnvs());

test.for(["127.0.0.1", "localhost"])(
  "speaks TLS with %s, whose authority it was told to trust",
  async (host) => {
    await using server = await startRawServer(ok("hi"), certificates);
    expect(await get(withHost(server.url, host), certificates.ca)).toBe("hi");
  },
);

test("refuses a certificate of an unknown authority, and says what to do", async () => {
  await using server = await startRawServer(ok("hi"), certificates);
  const error = await get(server.url).catch((reason: unknown) => reason);
  expect(error).toSatisfy((reason) => isDistError(reason, "NETWORK"));
  expect(error).toMatchObject({
    message: expect.stringMatching(
      /^the certificate of 127\.0\.0\.1:\d+ is not signed by a trusted authority: CN=test server for DNS:localhost, IP Address:127\.0\.0\.1, issued by CN=test authority, valid from .* GMT; trusted: Node\.js's own list$/,
    ),
    details: {
      certificate: { subject: "CN=test server", issuer: "CN=test authority" },
      trusted: "Node.js's own list",
    },
    hint: expect.stringContaining("SSL_CERT_FILE"),
    cause: expect.objectContaining({ code: expect.any(String) }),
  });
});

test("refuses such a certificate whatever the environment says", async () => {
  vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
  await using server = await startRawServer(ok("hi"), certificates);
  await expect(get(server.url)).rejects.toThrow(/not signed by a trusted authority/);
});

test("trusts each of several authorities", async () => {
  const other = await createCertificates("DNS:localhost");
  await using server = await startRawServer(ok("hi"), certificates);
  expect(await get(server.url, [other.ca, certificates.ca])).toBe("hi");
});

test.for(["", []])("trusts nobody when it was told to trust %j", async (ca) => {
  await using server = await startRawServer(ok("hi"), certificates);
  await expect(get(server.url, ca)).rejects.toThrow(/not signed by a trusted authority/);
});

test("asks a wider list of authorities, read once, when the first does not vouch for a server", async () => {
  const other = await createCertificates("DNS:localhost");
  let reads = 0;
  const wider = async (): Promise<Authorities> => {
    reads += 1;
    return { pem: [other.ca, certificates.ca], source: "all" };
  };
  const ca = async (): Promise<Authorities> => ({ pem: [other.ca], source: "one", wider });
  await using server = await startRawServer(ok("hi"), certificates);
  const http = createWireHttp({ userAgent: "test", ca });
  const answers = Array.from({ length: 5 }, async () => {
    const body = await readBody(await http.send({ method: "GET", url: new URL(server.url) }), 10);
    return Buffer.from(body).toString();
  });
  expect(await Promise.all(answers)).toEqual(answers.map(() => "hi"));
  expect(reads).toBe(1);
  const stranger = await createCertificates("IP:127.0.0.1");
  await using unknown = await startRawServer(ok("hi"), stranger);
  await expect(http.send({ method: "GET", url: new URL(unknown.url) })).rejects.toThrow(/; trusted: all$/);
  http.close();
});

test("finds the list of the operating system, where it has one", async () => {
  const nowhere = { certFile: undefined, certDirs: [], extraFile: undefined };
  const { pem, source, wider } = await loadAuthorities({ ...nowhere, system: true });
  expect({ pem, source }).toEqual({ pem: undefined, source: "Node.js's own list" });
  const wide = await wider?.();
  const file = "/etc/ssl/certs/ca-certificates.crt";
  expect(wide?.source === `Node.js's own list and ${file}`).toBe(existsSync(file));
  expect(wide?.pem?.length ?? 200).toBeGreaterThan(100);
  expect((await loadAuthorities({ ...nowhere, system: false })).wider).toBeUndefined();
});

test("sends nothing when it was stopped while it asked for a wider list of authorities", async () => {
  const stop = new AbortController();
  const other = await createCertificates("DNS:localhost");
  const wider = async (): Promise<Authorities> => {
    stop.abort();
    return { pem: [certificates.ca], source: "all" };
  };
  const ca = async (): Promise<Authorities> => ({ pem: [other.ca], source: "one", wider });
  await using server = await startRawServer(ok("hi"), certificates);
  const http = createWireHttp({ userAgent: "test/1", ca });
  const sent = http.send({ method: "GET", url: new URL(server.url), signal: stop.signal });
  await expect(sent).rejects.toMatchObject({ code: "ABORTED" });
  expect(server.requests).toEqual([]);
  http.close();
});

test("refuses a certificate for another name", async () => {
  const other = await createCertificates("DNS:elsewhere.example");
  await using server = await startRawServer(ok("hi"), other);
  await expect(get(server.url, other.ca)).rejects.toThrow(
    /^the certificate of 127\S+ is for another name: CN=test server for DNS:elsewhere\.example, /,
  );
});

test("says that a server does not speak TLS", async () => {
  await using server = await startRawServer(ok("hi"));
  const sent = get(server.url.replace("http:", "https:"), certificates.ca);
  await expect.poll(() => server.sockets.length).toBe(1);
  server.sockets[0]?.end("HTTP/1.1 400 Bad Request\r\n\r\n");
  await expect(sent).rejects.toThrow(/does not speak TLS as expected$/);
});

test("says that a server closed the connection during the handshake", async () => {
  await using server = await startRawServer(ok("hi"));
  const sent = get(server.url.replace("http:", "https:"), certificates.ca);
  await expect.poll(() => server.sockets.length).toBe(1);
  server.sockets[0]?.end();
  await expect(sent).rejects.toThrow(/broke the connection off$/);
});

test("resumes the TLS session of the connection before", async () => {
  const reused: boolean[] = [];
  const answer: RawAnswer = (socket) => {
    reused.push((socket as TLSSocket).isSessionReused());
    socket.end("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi");
  };
  await using server = await startRawServer(answer, certificates);
  const http = createWireHttp({ userAgent: "test", ca: certificates.ca });
  for (let i = 0; i < 3; i++) {
    await readBody(await http.send({ method: "GET", url: new URL(server.url) }), 10);
  }
  expect(reused).toEqual([false, true, true]);
});

test.for([0, 3])("reads a large body whole with a reader that pauses %i ms", async (pauseMs) => {
  const body = randomBytes(12_000_000);
  await using server = await startRawServer((socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`);
    socket.write(body);
  }, certificates);
  const http = createWireHttp({ userAgent: "test", ca: certificates.ca });
  const { body: chunks } = await http.send({ method: "GET", url: new URL(server.url) });
  const hash = createHash("sha256");
  for await (const chunk of chunks) {
    const before = Buffer.from(chunk);
    if (pauseMs > 0) await sleep(pauseMs);
    expect(before.equals(chunk)).toBe(true);
    hash.update(chunk);
  }
  expect(hash.digest("hex")).toBe(createHash("sha256").update(body).digest("hex"));
  http.close();
});

async function get(url: string, ca?: string | readonly string[]): Promise<string> {
  const http = createWireHttp({ userAgent: "test", ca });
  try {
    const body = await readBody(await http.send({ method: "GET", url: new URL(url) }), 100);
    return Buffer.from(body).toString("latin1");
  } finally {
    http.close();
  }
}

function withHost(origin: string, hostname: string): string {
  const url = new URL(origin);
  url.hostname = hostname;
  return url.href;
}

function ok(body: string): RawAnswer {
  return (socket) => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
}
