import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { bytesOf, pushComponent } from "../support/artifacts.ts";
import { digestOf, leftovers } from "../support/cache-files.ts";
import { openClient, type TestClient } from "../support/client.ts";
import { cutBody, isBlob, redirect } from "../support/faults.ts";
import { seededRandom } from "../support/fuzzed-responses.ts";
import { ConnectionReset, type Handler, startServer, type Wrap } from "../support/http-server.ts";
import { startRawServer } from "../support/raw-server.ts";
import { startRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp-dir.ts";

const wasm = bytesOf(200_000, "resume");
const cutAt = 80_000;
const retry = { attempts: 5, random: () => 0, sleep: () => Promise.resolve() };
const total = wasm.length;
const etag = '"one"';

/** The answer that is right, to be made wrong. */
const right = {
  status: 206,
  headers: {
    "content-range": `bytes ${cutAt}-${total - 1}/${total}`,
    "content-length": String(total - cutAt),
    "content-type": "application/wasm",
    etag,
  } as Readonly<Record<string, string>>,
  body: wasm.subarray(cutAt) as Uint8Array<ArrayBuffer> | null,
};

/** How a server answers when it is asked for the rest. */
type Lie = (answer: typeof right) => {
  status?: number;
  headers?: Record<string, string | undefined>;
  body?: Uint8Array<ArrayBuffer> | null;
};

const range =
  (text: string | undefined): Lie =>
  () => ({ headers: { "content-range": text } });
const whole = { "content-range": undefined, "content-length": String(total) };

/** Requests for the file that each case costs in all: 2 when what came is of use, 3 when it is asked for from the beginning. */
const lies: readonly (readonly [name: string, lie: Lie, requests: number])[] = [
  ["tells the truth", () => ({}), 2],
  ["sends the whole", () => ({ status: 200, headers: whole, body: wasm }), 2],
  [
    "sends the rest as if it were the whole",
    () => ({ status: 200, headers: { "content-range": undefined } }),
    3,
  ],
  [
    "has no such range",
    () => ({
      status: 416,
      headers: { "content-range": `bytes */${total}`, "content-length": "0" },
      body: null,
    }),
    3,
  ],
  [
    "has no range, and does not say why",
    () => ({ status: 416, headers: { "content-range": undefined, "content-length": "0" }, body: null }),
    3,
  ],
  ["does not say which range it is", range(undefined), 3],
  ["begins one byte early", range(`bytes ${cutAt - 1}-${total - 1}/${total}`), 3],
  ["begins one byte late", range(`bytes ${cutAt + 1}-${total - 1}/${total}`), 3],
  ["begins at zero", range(`bytes 0-${total - 1}/${total}`), 3],
  [
    "begins at zero, with all bytes",
    () => ({
      headers: { "content-range": `bytes 0-${total - 1}/${total}`, "content-length": String(total) },
      body: wasm,
    }),
    3,
  ],
  ["ends one byte early", range(`bytes ${cutAt}-${total - 2}/${total}`), 3],
  ["ends one byte late", range(`bytes ${cutAt}-${total}/${total}`), 3],
  ["ends before it begins", range(`bytes ${cutAt}-${cutAt - 1}/${total}`), 3],
  ["is of something longer", range(`bytes ${cutAt}-${total - 1}/${total + 1}`), 3],
  ["is of something shorter", range(`bytes ${cutAt}-${total - 1}/${total - 1}`), 3],
  ["does not know the total", range(`bytes ${cutAt}-${total - 1}/*`), 2],
  ["says another unit", range(`items ${cutAt}-${total - 1}/${total}`), 3],
  ["says no unit", range(`${cutAt}-${total - 1}/${total}`), 3],
  ["says negative numbers", range(`bytes -${cutAt}-${total - 1}/${total}`), 3],
  ["says numbers that are too large", range(`bytes 1e20-${"9".repeat(20)}/${"9".repeat(20)}`), 3],
  ["says hexadecimal numbers", range(`bytes 0x13880-0x30d3f/0x30d40`), 3],
  ["says two ranges", range(`bytes ${cutAt}-${total - 1}/${total}, bytes 0-1/2`), 3],
  ["says nothing", range(""), 3],
  [
    "sends several parts",
    () => ({ headers: { "content-range": undefined, "content-type": "multipart/byteranges; boundary=x" } }),
    3,
  ],
  [
    "says a shorter length",
    () => ({
      headers: { "content-length": String(total - cutAt - 1) },
      body: wasm.subarray(cutAt, total - 1),
    }),
    3,
  ],
  ["says a longer length", () => ({ headers: { "content-length": String(total - cutAt + 1) } }), 3],
  ["sends an empty part", () => ({ headers: { "content-length": "0" }, body: null }), 3],
  ["sends a part of another ETag", () => ({ headers: { etag: '"two"' } }), 3],
  ["sends a part of a weak ETag", () => ({ headers: { etag: 'W/"one"' } }), 3],
  ["sends a part without an ETag", () => ({ headers: { etag: undefined } }), 3],
  [
    "has no content",
    () => ({ status: 204, headers: { "content-length": undefined, "content-range": undefined }, body: null }),
    -1,
  ],
];

/** Cuts the first answer, and gives that `lie` in answer to a request for the rest. */
function lying(lie: Lie, matches: (request: Request) => boolean): Wrap {
  return (handler) => {
    let asked = 0;
    const cut = cutBody(() => asked === 1, cutAt)(handler);
    return async (request) => {
      if (!matches(request)) return handler(request);
      asked += 1;
      if (asked === 1) return cut(request);
      if (!request.headers.has("range")) return handler(request);
      const { status = right.status, headers = {}, body = right.body } = lie(right);
      const merged = Object.entries({ ...right.headers, ...headers });
      return new Response(body, {
        status,
        headers: merged.filter((entry): entry is [string, string] => entry[1] !== undefined),
      });
    };
  };
}

const file: Handler = async () =>
  new Response(wasm, {
    headers: { etag, "content-length": String(total), "content-type": "application/wasm" },
  });

test.each(lies.filter(([, , requests]) => requests > 0))(
  "a registry that %s about the rest costs no wrong byte",
  async (_, lie, requests) => {
    await using registry = await startRegistry({
      wrap: (handler) =>
        lying(lie, ({ url }) => isBlob({ method: "GET", path: new URL(url).pathname }))(withEtag(handler)),
    });
    await using dir = await tempDir();
    await using cache = openClient(dir.path, { retry });
    const { reference } = pushComponent(registry, { repository: "a/b", tag: "1", wasm });
    await expectWhole(cache, reference);
    expect(registry.requests.filter(({ path }) => isBlob({ method: "GET", path }))).toHaveLength(requests);
  },
);

test.each(lies.filter(([, , requests]) => requests > 0))(
  "a web server that %s about the rest costs no wrong byte",
  async (_, lie, requests) => {
    await using server = await startServer(lying(lie, () => true)(file));
    await using dir = await tempDir();
    await using cache = openClient(dir.path, { retry, allowInsecureLocalHttp: true });
    await expectWhole(cache, `${server.url}/x.wasm`);
    expect(server.requests).toHaveLength(requests);
    expect(server.requests[1]?.headers).toMatchObject({ range: `bytes=${cutAt}-`, "if-range": etag });
  },
);

test("there are more than forty cases of lies", () => {
  expect(lies.length * 2).toBeGreaterThan(40);
});

test("the right range with wrong bytes is found out by the digest, and all of it fetched in one piece", async () => {
  const zeros: Lie = () => ({ body: new Uint8Array(total - cutAt) });
  await using registry = await startRegistry({
    wrap: lying(zeros, ({ url }) => isBlob({ method: "GET", path: new URL(url).pathname })),
  });
  await using dir = await tempDir();
  await using cache = openClient(dir.path, { retry });
  const { reference } = pushComponent(registry, { repository: "a/b", tag: "1", wasm });
  await expectWhole(cache, reference);
  const blobs = registry.requests.filter(({ path }) => isBlob({ method: "GET", path }));
  expect(blobs.map(({ headers }) => headers.range)).toEqual([undefined, `bytes=${cutAt}-`, undefined]);
});

test("what a registry keeps elsewhere is gone on with at the address that it then gives", async () => {
  let signatures = 0;
  const valid = (request: Request): boolean => request.url.endsWith(`?signature=${signatures}`);
  const cutFirst = (handler: Handler): Handler => cutBody(() => signatures === 1, cutAt)(handler);
  await using storage = await startServer(
    cutFirst(async (request) => {
      if (!valid(request)) return new Response("expired", { status: 403 });
      const isRest =
        request.headers.get("range") === `bytes=${cutAt}-` && request.headers.get("if-range") === etag;
      return isRest ? new Response(right.body, right) : file(request);
    }),
  );
  await using registry = await startRegistry({
    wrap: redirect(isBlob, () => `${storage.url}/blob?signature=${(signatures += 1)}`),
  });
  await using dir = await tempDir();
  await using cache = openClient(dir.path, { retry });
  const { reference } = pushComponent(registry, { repository: "a/b", tag: "1", wasm });
  await expectWhole(cache, reference);
  expect(storage.requests.map(({ path, status }) => `${path} ${status}`)).toEqual([
    "/blob?signature=1 200",
    "/blob?signature=2 206",
  ]);
});

test("a web server without a strong ETag is never asked for a part", async () => {
  for (const weak of [undefined, 'W/"one"', "one"]) {
    const plain: Handler = async () =>
      new Response(wasm, {
        headers: { "content-length": String(total), ...(weak !== undefined && { etag: weak }) },
      });
    await using server = await startServer(
      lying(
        () => ({}),
        () => true,
      )(plain),
    );
    await using dir = await tempDir();
    await using cache = openClient(dir.path, { retry, allowInsecureLocalHttp: true });
    await expectWhole(cache, `${server.url}/x.wasm`);
    expect(server.requests.map(({ headers }) => headers.range)).toEqual([undefined, undefined]);
  }
});

test("a file that is another one when its download goes on is refused, and nothing of it is kept", async () => {
  const other = bytesOf(total, "other");
  let asked = 0;
  await using server = await startServer(async (request) => {
    asked += 1;
    const headers = { "content-length": String(total), etag: asked === 1 ? etag : '"two"' };
    return asked === 1 ? cutBody(() => true, cutAt)(file)(request) : new Response(other, { headers });
  });
  await using dir = await tempDir();
  await using cache = openClient(dir.path, { retry, allowInsecureLocalHttp: true });
  await expect(cache.client.ensureCached(`${server.url}/x.wasm`)).rejects.toMatchObject({
    code: "NETWORK",
    message: expect.stringContaining("the file changed while it was downloaded"),
  });
  expect(await leftovers(dir.path)).toEqual([]);
});

const head = "HTTP/1.1 200 OK\r\n";
const hello = "hello, world";

/** Answers whose length is a lie: what they say, and what is sent. The file is `hello, world`. */
test.each<[name: string, answer: string, code: string | undefined]>([
  ["one byte less", `${head}content-length: 11\r\n\r\n${hello}`, undefined],
  ["one byte more", `${head}content-length: 13\r\n\r\n${hello}`, "NETWORK"],
  ["twice as much", `${head}content-length: 24\r\n\r\n${hello}`, "NETWORK"],
  ["no length", `${head}\r\n${hello}`, "NETWORK"],
  ["two lengths", `${head}content-length: 12\r\ncontent-length: 13\r\n\r\n${hello}`, "NETWORK"],
  ["a list of lengths", `${head}content-length: 12, 12\r\n\r\n${hello}`, "NETWORK"],
  ["a negative length", `${head}content-length: -12\r\n\r\n${hello}`, "NETWORK"],
  ["a signed length", `${head}content-length: +12\r\n\r\n${hello}`, "NETWORK"],
  ["a length of 1e20", `${head}content-length: 1e20\r\n\r\n${hello}`, "NETWORK"],
  ["a length of twenty digits", `${head}content-length: ${"9".repeat(20)}\r\n\r\n${hello}`, "NETWORK"],
  ["a hexadecimal length", `${head}content-length: 0xc\r\n\r\n${hello}`, "NETWORK"],
  [
    "a length and chunks",
    `${head}content-length: 12\r\ntransfer-encoding: chunked\r\n\r\nc\r\n${hello}\r\n0\r\n\r\n`,
    "NETWORK",
  ],
  ["chunks that end too early", `${head}transfer-encoding: chunked\r\n\r\nc\r\n${hello}\r\n`, "NETWORK"],
  ["a chunk that is cut", `${head}transfer-encoding: chunked\r\n\r\nff\r\n${hello}`, "NETWORK"],
  [
    "a chunk of negative size",
    `${head}transfer-encoding: chunked\r\n\r\n-c\r\n${hello}\r\n0\r\n\r\n`,
    "NETWORK",
  ],
  [
    "a chunk of huge size",
    `${head}transfer-encoding: chunked\r\n\r\n${"f".repeat(17)}\r\n${hello}\r\n0\r\n\r\n`,
    "NETWORK",
  ],
  ["more than its length", `${head}content-length: 12\r\n\r\n${hello}and more`, undefined],
  [
    "an encoding nobody asked for",
    `${head}content-length: 12\r\ncontent-encoding: gzip\r\n\r\n${hello}`,
    "NETWORK",
  ],
])("a web server that says %s ends with what it said, or an error", async (_, answer, code) => {
  await using server = await startRawServer((socket) => socket.end(answer));
  await using dir = await tempDir();
  await using cache = openClient(dir.path, { retry, allowInsecureLocalHttp: true });
  const [result] = await Promise.allSettled([cache.client.ensureCached(`${server.url}/x.wasm`)]);
  const seen = result.status === "fulfilled" ? undefined : (result.reason as { code: string }).code;
  expect(seen).toBe(code);
  expect(await leftovers(dir.path).then((left) => left.length > 0)).toBe(code === undefined);
});

test("200 artifacts arrive whole though 20 % of all connections are reset and 10 % of requests answered 503", async () => {
  const asked = new Map<string, number>();
  const unreliable: Wrap = (handler) => async (request) => {
    const count = (asked.get(request.url) ?? 0) + 1;
    asked.set(request.url, count);
    const { pathname } = new URL(request.url);
    // By request, not by time: so that it is the same in every run.
    const random = seededRandom(digestSeed(`${pathname} ${count}`));
    const headers = { connection: "close" };
    if (random() < 0.1)
      return new Response("busy", { status: 503, headers: { ...headers, "content-length": "4" } });
    const response = await handler(request);
    response.headers.set("connection", "close");
    if (random() >= 0.2) return response;
    const at = Math.floor(random() * Number(response.headers.get("content-length")));
    return cutBody(() => true, at, new ConnectionReset())(async () => response)(request);
  };
  await using registry = await startRegistry({ wrap: unreliable });
  await using dir = await tempDir();
  await using cache = openClient(dir.path, { retry });
  const size = seededRandom(1);
  const artifacts = Array.from({ length: 200 }, (_, i) => {
    const content = bytesOf(20_000 + Math.floor(size() * 300_000), `storm ${i}`);
    return { content, ...pushComponent(registry, { repository: `storm/a${i}`, tag: "1", wasm: content }) };
  });
  const pullAll = () =>
    Promise.allSettled(artifacts.map(({ reference }) => cache.client.ensureCached(reference)));
  // Five attempts are few for such a network: what gave up is pulled again, as its user would.
  const gaveUp = (await pullAll()).flatMap((result) =>
    result.status === "rejected" ? [(result.reason as Error).message] : [],
  );
  const pulled = await pullAll();
  for (const [i, result] of pulled.entries()) {
    const { cachePath } = result.status === "fulfilled" ? result.value : { cachePath: "" };
    expect(Buffer.compare(await readFile(cachePath), artifacts[i]!.content)).toBe(0);
  }
  const needed = artifacts.reduce(
    (sum, { content, descriptor }) => sum + content.length + descriptor.size,
    0,
  );
  const sent = registry.requests.reduce((sum, { bytesSent }) => sum + bytesSent, 0);
  const share = Number((sent / needed).toFixed(3));
  console.log(`a bad network: ${JSON.stringify({ requests: registry.requests.length, share, gaveUp })}`);
  expect(registry.requests.length).toBeGreaterThan(500);
  expect(share).toBeLessThan(1.3);
  expect(gaveUp.length).toBeLessThan(5);
});

/** A number for {@link seededRandom} that is another for another text. */
function digestSeed(text: string): number {
  return Number.parseInt(digestOf(text).slice(7, 14), 16);
}

/** The ETag that the lies are told with. */
function withEtag(handler: Handler): Handler {
  return async (request) => {
    const response = await handler(request);
    response.headers.set("etag", etag);
    return response;
  };
}

async function expectWhole({ client }: TestClient, reference: string): Promise<void> {
  const { cachePath } = await client.ensureCached(reference);
  expect(Buffer.compare(await readFile(cachePath), wasm)).toBe(0);
}
