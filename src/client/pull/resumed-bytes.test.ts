import { expect, test } from "vitest";
import { bytesOf } from "../../../test/support/artifacts.ts";
import { cutBody, isBlob, type Match } from "../../../test/support/faults.ts";
import type { Handler, Wrap } from "../../../test/support/http-server.ts";
import { startRegistry } from "../../../test/support/registry.ts";
import { parseOciName } from "../../core/index.ts";
import { createRetrier, type Retrier } from "../../http/index.ts";
import { anonymous, createRegistryClient, createWireHttp, type HttpTimeouts } from "../../registry/index.ts";
import { verifyInto } from "../../verify/index.ts";
import { ResumedBytes } from "./resumed-bytes.ts";

const size = 1024 * 1024;
const bytes = bytesOf(size, "resumed");

/** Applies a fault to the first requests for a blob only. */
function once(fault: (match: Match) => Wrap, times = 1): Wrap {
  let left = times;
  return fault((request) => isBlob(request) && left-- > 0);
}

/** What a download came to. */
interface Download {
  readonly received: Uint8Array;
  /** Bytes that the server sent in all. */
  readonly sent: number;
  readonly ranges: readonly (string | undefined)[];
  /** How often it was waited before another attempt. */
  readonly waits: number;
}

/** Downloads a blob of `bytes` through a registry that has this fault. */
async function download(wrap: Wrap, timeouts: Partial<HttpTimeouts> = {}): Promise<Download> {
  await using registry = await startRegistry({ wrap });
  const blob = registry.pushBlob("a/b", bytes);
  const http = createWireHttp({ userAgent: "test/1", timeouts });
  const client = createRegistryClient({
    http,
    credentials: anonymous,
    allowPlainHttp: () => false,
    now: Date.now,
  });
  const name = parseOciName(`${registry.host}/a/b@${blob.digest}`)!;
  const received = Buffer.alloc(size);
  let waits = 0;
  const retrier: Retrier = createRetrier({
    attempts: 5,
    initialMs: 250,
    maxMs: 4000,
    random: () => 0,
    now: () => 0,
    sleep: () => Promise.resolve(),
    onWait: () => (waits += 1),
  });
  const open: ConstructorParameters<typeof ResumedBytes>[1]["open"] = (signal, rest) =>
    client.openBlob(name, blob, { signal, rest, verify: false });
  try {
    const source = new ResumedBytes(await open(undefined), {
      open,
      size,
      mayPatch: true,
      retrier: () => Promise.resolve(retrier),
      signal: undefined,
    });
    const write = async (chunk: Uint8Array, position: number): Promise<void> => {
      received.set(chunk, position);
    };
    await verifyInto(source, { reference: "r", ...blob, maxBytes: size }, write);
  } finally {
    http.close();
  }
  return {
    received,
    sent: registry.requests.reduce((sum, { bytesSent }) => sum + bytesSent, 0),
    ranges: registry.requests.map(({ headers }) => headers.range),
    waits,
  };
}

const offsets = [...Array(65).keys(), ...Array.from({ length: 255 }, (_, i) => (i + 1) * 4096)];

test(`a body that is cut at any of ${offsets.length} places is gone on with from there, and nothing is sent twice`, async () => {
  expect(offsets.length).toBeGreaterThanOrEqual(320);
  let sent = 0;
  for (const offset of offsets) {
    const { received, ranges, ...counts } = await download(once((match) => cutBody(match, offset)));
    expect({ offset, differs: Buffer.compare(received, bytes) }).toEqual({ offset, differs: 0 });
    expect(ranges).toEqual([undefined, offset === 0 ? undefined : `bytes=${offset}-`]);
    sent += counts.sent;
  }
  expect(sent).toBe(offsets.length * size);
});

test("a server that cuts every answer after 100,000 bytes gives the whole in the end", async () => {
  const { received, sent, ranges, waits } = await download(cutBody(isBlob, 100_000));
  expect(Buffer.compare(received, bytes)).toBe(0);
  expect(ranges).toHaveLength(11);
  expect(waits).toBe(10);
  expect(sent).toBe(size);
});

test("one that cuts every answer after 1,000 bytes is given up after five attempts", async () => {
  await expect(download(cutBody(isBlob, 1000))).rejects.toMatchObject({
    code: "NETWORK",
    message: expect.stringMatching(/\(after 5 attempts\)$/),
    details: { attempts: 5 },
  });
});

test("a server that knows no ranges and always cuts at the same place is given up too", async () => {
  const attempt = download((handler) => cutBody(isBlob, 900_000)(withoutRanges(handler)));
  await expect(attempt).rejects.toMatchObject({
    code: "NETWORK",
    message: expect.stringMatching(/\(after 5 attempts\)$/),
  });
});

test("one that stalls is asked again only when it has sent something worth waiting for", async () => {
  const stall = (atByte: number): Wrap =>
    once((match) => (handler) => async (request) => {
      const response = await handler(request);
      if (response.body === null || !match({ method: request.method, path: new URL(request.url).pathname }))
        return response;
      const start = bytes.subarray(0, atByte);
      const stalled = new ReadableStream({ start: (controller) => controller.enqueue(start) });
      return new Response(stalled, response);
    });
  const timeouts = { stallMs: 100, stallBytes: 1 };
  const { received, ranges } = await download(stall(100_000), timeouts);
  expect(Buffer.compare(received, bytes)).toBe(0);
  expect(ranges).toEqual([undefined, "bytes=100000-"]);
  await expect(download(stall(10_000), timeouts)).rejects.toMatchObject({
    code: "TIMEOUT",
    details: { phase: "body" },
  });
});

test("a slow drip is ended after one window, whatever it drips", async () => {
  let requests = 0;
  const dripping: Wrap = (handler) => async (request) => {
    requests += 1;
    return new Response(ReadableStream.from(drip()), await handler(request));
  };
  // 300 ms in place of 30 s, and 300 bytes in place of 30 KiB.
  const scaled = { stallMs: 300, stallBytes: 300 };
  await expect(download(dripping, scaled)).rejects.toMatchObject({
    code: "TIMEOUT",
    message: expect.stringContaining("sent too little"),
  });
  expect(requests).toBe(1);
});

/** A server that always sends the whole. */
function withoutRanges(handler: Handler): Handler {
  return (request) => {
    const headers = new Headers(request.headers);
    headers.delete("range");
    return handler(new Request(request.url, { headers }));
  };
}

/** A byte every 10 ms, for ever. */
async function* drip(): AsyncGenerator<Uint8Array> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 10).unref());
    yield bytes.subarray(0, 1);
  }
}
