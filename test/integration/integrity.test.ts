import { describe, expect, test } from "vitest";
import { type DistErrorCode, isDistError } from "../../src/index.ts";
import { mediaTypes } from "../../src/core/index.ts";
import { bytesOf, pushComponent, type PushedComponent } from "../support/artifacts.ts";
import { filesBelow, leftovers } from "../support/cache-files.ts";
import { openClient } from "../support/client.ts";
import {
  appendBytes,
  compose,
  cutBody,
  flipByte,
  isBlob,
  isManifest,
  lyingDigestHeader,
  type Match,
  wrongLength,
} from "../support/faults.ts";
import type { Wrap } from "../support/http-server.ts";
import { startRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp-dir.ts";

const repository = "acme/hello";
const size = 200_000;
const wasm = bytesOf(size, "integrity");
const componentManifest = { name: "hello" };
const isGetOfManifest: Match = (request) => request.method === "GET" && isManifest(request);

interface Fault {
  readonly name: string;
  readonly wrap: Wrap;
  readonly code: DistErrorCode;
}

const blobFaults: readonly Fault[] = [
  ...[0, 1, 65_535, 65_536, 100_000, size - 1].map((position) => ({
    name: `byte ${position} of the component flipped`,
    wrap: flipByte(isBlob, position),
    code: "DIGEST_MISMATCH" as const,
  })),
  { name: "a trailing byte", wrap: appendBytes(isBlob, bytesOf(1, 1)), code: "SIZE_MISMATCH" },
  { name: "a body twice as long", wrap: appendBytes(isBlob, wasm), code: "SIZE_MISMATCH" },
  { name: "a trailing byte after chunks", wrap: compose(chunked, appendTo), code: "SIZE_MISMATCH" },
  { name: "a whole body that is too short", wrap: shortened(size - 1), code: "SIZE_MISMATCH" },
  { name: "an empty body", wrap: shortened(0), code: "SIZE_MISMATCH" },
  { name: "chunks that end too early", wrap: compose(chunked, shortened(size - 1)), code: "SIZE_MISMATCH" },
  { name: "a Content-Length of one too many", wrap: wrongLength(isBlob, 1), code: "SIZE_MISMATCH" },
  { name: "a Content-Length of one too few", wrap: wrongLength(isBlob, -1), code: "SIZE_MISMATCH" },
  ...[0, 1, 65_536, size - 1].map((atByte) => ({
    name: `a connection that breaks after ${atByte} bytes`,
    wrap: cutBody(isBlob, atByte),
    code: "NETWORK" as const,
  })),
];

const manifestFaults: readonly Fault[] = [
  ...[0, 1, 40, 200].map((position) => ({
    name: `byte ${position} of a pinned manifest flipped`,
    wrap: flipByte(isManifest, position),
    code: "DIGEST_MISMATCH" as const,
  })),
  {
    name: "a pinned manifest with a trailing space",
    wrap: appendBytes(isManifest, Buffer.from(" ")),
    code: "DIGEST_MISMATCH",
  },
  { name: "another manifest than the pin's", wrap: replaced("2.0"), code: "DIGEST_MISMATCH" },
  {
    name: "another manifest than the pin's, under the right Docker-Content-Digest",
    wrap: (handler) => compose(lyingDigestHeader(isManifest, pushedDigest()), replaced("2.0"))(handler),
    code: "DIGEST_MISMATCH",
  },
  { name: "a manifest served as an index", wrap: servedAs(mediaTypes.ociIndex), code: "MEDIA_TYPE_MISMATCH" },
  {
    name: "a manifest served as Docker's",
    wrap: servedAs(mediaTypes.dockerManifest),
    code: "MEDIA_TYPE_MISMATCH",
  },
  { name: "a manifest whose connection breaks", wrap: cutBody(isGetOfManifest, 100), code: "NETWORK" },
];

describe.each(blobFaults)("$name", ({ wrap, code }) => {
  test(`fails with ${code}, leaves nothing behind, and harms no later pull`, async () => {
    expect(await failureOf({ wrap, reference: (pushed) => pushed.reference })).toBe(code);
  });
});

describe.each(manifestFaults)("$name", ({ wrap, code }) => {
  test(`fails with ${code}, leaves nothing behind, and harms no later pull`, async () => {
    expect(await failureOf({ wrap, reference: pinnedTo })).toBe(code);
  });
});

test("a flipped bit of a tag's manifest is found by what the registry says of it", async () => {
  let position = 0;
  await using registry = await startRegistry({
    wrap: onMatch(isGetOfManifest, async (response) => {
      const bytes = new Uint8Array(await response.arrayBuffer());
      bytes[position]! ^= 1;
      return new Response(bytes, response);
    }),
  });
  const { reference, descriptor } = push(registry);
  for (; position < descriptor.size; position += 10) {
    await using dir = await tempDir();
    await using cache = openClient(dir.path);
    await expect(cache.client.ensureCached(reference)).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
    expect(await leftovers(dir.path)).toEqual([]);
  }
});

test("a registry that lies in Docker-Content-Digest is refused for a tag, and harmless for a pin", async () => {
  const lie = `sha256:${"0".repeat(64)}`;
  await using registry = await startRegistry({ wrap: lyingDigestHeader(isManifest, lie) });
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const { reference, manifestDigest } = push(registry);
  const pin = `${reference.slice(0, reference.lastIndexOf(":"))}@${manifestDigest}`;
  await expect(cache.client.ensureCached(reference)).rejects.toMatchObject({
    code: "DIGEST_MISMATCH",
    details: { expected: lie, actual: manifestDigest },
  });
  expect(await leftovers(dir.path)).toEqual([]);
  expect((await cache.client.ensureCached(pin)).digest).toBe(manifestDigest);
});

test("a component manifest that was changed on the way refuses the whole artifact", async () => {
  const companion = Buffer.from(JSON.stringify(componentManifest)).length;
  const isCompanion: Wrap = (handler) => async (request) => {
    const response = await handler(request);
    return response.headers.get("content-length") === String(companion) && isBlob(requestOf(request))
      ? flipByte(isBlob, 3)(() => Promise.resolve(response))(request)
      : response;
  };
  expect(await failureOf({ wrap: isCompanion, reference: (pushed) => pushed.reference })).toBe(
    "DIGEST_MISMATCH",
  );
});

test("an artifact over the limit is refused before a byte of it is asked for", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  const { reference, contentDigest } = push(registry);
  await using small = openClient(dir.path, { maxArtifactBytes: size - 1 });
  await expect(small.client.ensureCached(reference)).rejects.toMatchObject({
    code: "SIZE_MISMATCH",
    details: { expected: size - 1, actual: size },
  });
  expect(registry.requests.filter(({ path }) => path.endsWith(contentDigest))).toEqual([]);
  await using enough = openClient(dir.path, { maxArtifactBytes: size });
  expect((await enough.client.ensureCached(reference)).fetched).toBe(true);
});

test("a call that is stopped in the middle throws ABORTED, leaves nothing behind, and harms no later pull", async () => {
  for (const moment of ["resolving", "downloading", "progress"]) {
    await using registry = await startRegistry();
    await using dir = await tempDir();
    const { reference } = push(registry);
    const stop = new AbortController();
    const reason = new Error("enough");
    await using cache = openClient(dir.path, {
      onEvent: ({ event }) => {
        if (event === moment) stop.abort(reason);
      },
    });
    await expect(cache.client.ensureCached(reference, { signal: stop.signal })).rejects.toMatchObject({
      code: "ABORTED",
      cause: reason,
    });
    expect(cache.events.at(-1)).toMatchObject({ event: "failed", code: "ABORTED" });
    expect(await leftovers(dir.path)).toEqual([]);
    await using again = openClient(dir.path);
    expect((await again.client.ensureCached(reference)).fetched).toBe(true);
  }
});

test("a call whose signal has fired makes no request and no file", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const { reference } = push(registry);
  const signal = AbortSignal.abort();
  for (const verb of ["ensureCached", "resolveRef", "openCached"] as const) {
    await expect(cache.client[verb](reference, { signal })).rejects.toMatchObject({ code: "ABORTED" });
  }
  expect(registry.connections).toBe(0);
  expect(await filesBelow(dir.path)).toEqual([]);
});

test("clients that pull the same artifact at once all get it whole, and one cache holds it once", async () => {
  for (const count of [2, 8]) {
    await using registry = await startRegistry();
    await using dir = await tempDir();
    const { reference, contentDigest, manifestDigest } = push(registry);
    const clients = Array.from({ length: count }, () => openClient(dir.path));
    const pulled = await Promise.all(clients.map(({ client }) => client.ensureCached(reference)));
    expect(new Set(pulled.map(({ cachePath }) => cachePath)).size).toBe(1);
    expect(pulled.every((artifact) => artifact.contentDigest === contentDigest)).toBe(true);
    expect(await filesBelow(`${dir.path}/.store/v1/ingest`)).toEqual([]);
    expect((await clients[0]!.client.listCache()).map(({ digest }) => digest)).toEqual([manifestDigest]);
    await using open = await clients[0]!.client.openCached(reference);
    expect(Buffer.from(await open.bytes()).equals(wasm)).toBe(true);
    for (const client of clients) await client[Symbol.asyncDispose]();
  }
});

let latest: PushedComponent | undefined;

function push(registry: Parameters<typeof pushComponent>[0]): PushedComponent {
  pushComponent(registry, { repository, tag: "2.0", wasm: bytesOf(1000, "another") });
  latest = pushComponent(registry, { repository, tag: "1.0", wasm, componentManifest });
  return latest;
}

function pushedDigest(): string {
  return latest!.manifestDigest;
}

function pinnedTo({ manifestDigest }: PushedComponent, host: string): string {
  return `oci://${host}/${repository}@${manifestDigest}`;
}

/** The code with which a pull through `wrap` fails; it must leave nothing, and a healthy registry must serve after it. */
async function failureOf({
  wrap,
  reference,
}: {
  readonly wrap: Wrap;
  readonly reference: (pushed: PushedComponent, host: string) => string;
}): Promise<unknown> {
  await using broken = await startRegistry({ wrap: (handler) => (request) => wrap(handler)(request) });
  await using healthy = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const pushed = push(broken);
  push(healthy);
  const asked = reference(pushed, broken.host);
  const failure = await cache.client.ensureCached(asked).catch((error: unknown) => error);
  if (!isDistError(failure)) throw new Error("the pull did not fail as it should", { cause: failure });
  expect(cache.events.at(-1)).toMatchObject({ event: "failed", code: failure.code });
  expect(cache.events.some(({ event }) => event === "cached")).toBe(false);
  expect(await cache.client.listCache()).toEqual([]);
  expect(await leftovers(dir.path)).toEqual([]);
  await using open = await cache.client.openCached(pinnedTo(pushed, healthy.host));
  expect(Buffer.from(await open.bytes()).equals(wasm)).toBe(true);
  return failure.code;
}

function requestOf({ method, url }: Request): { readonly method: string; readonly path: string } {
  return { method, path: new URL(url).pathname };
}

function onMatch(match: Match, change: (response: Response) => Response | Promise<Response>): Wrap {
  return (handler) => async (request) => {
    const response = await handler(request);
    return match(requestOf(request)) ? change(response) : response;
  };
}

/** The first `length` bytes of each component, announced as that many unless chunked. */
function shortened(length: number): Wrap {
  return onMatch(isBlob, async (response) => {
    const bytes = new Uint8Array(await response.arrayBuffer()).subarray(0, length);
    const headers = new Headers(response.headers);
    if (headers.has("content-length")) headers.set("content-length", String(bytes.length));
    return new Response(bytes, { status: response.status, headers });
  });
}

/** Sends bodies in chunks, without saying how long they are. */
function chunked(handler: Parameters<Wrap>[0]): ReturnType<Wrap> {
  return onMatch(isBlob, (response) => {
    const headers = new Headers(response.headers);
    headers.delete("content-length");
    headers.set("transfer-encoding", "chunked");
    return new Response(response.body, { status: response.status, headers });
  })(handler);
}

function appendTo(handler: Parameters<Wrap>[0]): ReturnType<Wrap> {
  return onMatch(isBlob, async (response) => {
    const bytes = Buffer.concat([new Uint8Array(await response.arrayBuffer()), bytesOf(1, 1)]);
    return new Response(bytes, { status: response.status, headers: response.headers });
  })(handler);
}

/** Answers for every manifest with that of another tag. */
function replaced(tag: string): Wrap {
  return (handler) => (request) =>
    handler(
      isManifest(requestOf(request))
        ? new Request(request.url.replace(/[^/]+$/, tag), { method: request.method })
        : request,
    );
}

function servedAs(mediaType: string): Wrap {
  return onMatch(isManifest, (response) => {
    response.headers.set("content-type", mediaType);
    return response;
  });
}
