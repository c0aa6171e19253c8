import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { bytesOf } from "../../../test/support/artifacts.ts";
import { startCuttingProxy } from "../../../test/support/cutting-proxy.ts";
import { compose, lyingDigestHeader, type Match, statusScript } from "../../../test/support/faults.ts";
import { startRegistry } from "../../../test/support/registry.ts";
import { rejectionOf } from "../../../test/support/thrown.ts";
import {
  type Descriptor,
  type ManifestDocument,
  mediaTypes,
  type OciName,
  parseDigest,
  parseManifest,
  parseOciName,
} from "../../core/index.ts";
import {
  createRetrier,
  createWireHttp,
  type PartialBytes,
  type RestOf,
  withRetry,
} from "../../http/index.ts";
import { anonymous } from "../auth/credentials.ts";
import { createRegistryWriter } from "./create-registry-writer.ts";

const isStatus: Match = ({ method, path }) => method === "GET" && path.includes("/uploads/");
const isPut: Match = ({ method }) => method === "PUT";
const isPatch: Match = ({ method }) => method === "PATCH";

const size = 300_000;
const content = bytesOf(size, "upload");
const blob = blobOf(content);
const document = documentOf({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, layers: [] });

test("a blob is sent in one request, and found afterwards", async () => {
  await using registry = await startRegistry();
  const writer = createWriter();
  const name = nameOf(registry.host);
  expect(await writer.hasBlob(name, blob.digest)).toBe(false);
  expect(await writer.writeBlob(name, blob, { open: opener(content) })).toBe(true);
  expect(await writer.hasBlob(name, blob.digest)).toBe(true);
  expect(registry.requests.map(({ method }) => method)).toEqual(["HEAD", "POST", "PUT", "HEAD"]);
});

test("an empty blob is sent too", async () => {
  await using registry = await startRegistry();
  const empty = blobOf(new Uint8Array());
  const writer = createWriter();
  await writer.writeBlob(nameOf(registry.host), empty, { open: opener(new Uint8Array()) });
  expect(await writer.hasBlob(nameOf(registry.host), empty.digest)).toBe(true);
});

describe("an upload that breaks off", () => {
  test("goes on from where the registry is, wherever that was", async () => {
    await using registry = await startRegistry();
    await using proxy = await startCuttingProxy(registry.host);
    for (let cut = 600; cut < size; cut += 7_919) {
      registry.clearLog();
      const name = nameOf(proxy.host, `cut/at-${cut}`);
      const writer = createWriter();
      proxy.cutAfter(cut);
      const sent: number[] = [];
      await writer.writeBlob(name, blob, { open: opener(content), onProgress: (bytes) => sent.push(bytes) });
      expect(sent.at(-1)).toBe(size);
      expect(await writer.hasBlob(name, blob.digest)).toBe(true);
      const puts = registry.requests.filter(({ method }) => method === "PUT");
      const { "content-range": range = "0-", "content-length": length } = puts.at(-1)?.headers ?? {};
      // What had arrived was not sent again.
      expect(Number(length)).toBe(size - Number(range.split("-")[0]));
    }
    expect(proxy.cuts).toBe(Math.ceil((size - 600) / 7_919));
  });

  test("is begun anew where the registry no longer knows it", async () => {
    await using registry = await startRegistry({ wrap: statusScript([{ match: isStatus, status: 404 }]) });
    await using proxy = await startCuttingProxy(registry.host);
    proxy.cutAfter(100_000);
    const writer = createWriter();
    await writer.writeBlob(nameOf(proxy.host), blob, { open: opener(content) });
    expect(registry.requests.map(({ method }) => method)).toEqual(["POST", "PUT", "GET", "POST", "PUT"]);
  });

  test("is given up when nothing gets through", async () => {
    await using registry = await startRegistry({ wrap: () => async () => new Response("", { status: 502 }) });
    const write = createWriter().writeBlob(nameOf(registry.host), blob, { open: opener(content) });
    expect(await rejectionOf(write)).toMatchObject({ code: "NETWORK" });
    expect(registry.requests.length).toBeLessThan(12);
  });
});

describe("what is too large for one request", () => {
  const large = bytesOf(70 << 20, "large");

  test("goes in chunks, which are as large as the registry wants them at least", async () => {
    const minimum = String(34 << 20);
    await using registry = await startRegistry({
      wrap: compose(statusScript([{ match: isPut, status: 413 }]), (handler) => async (request) => {
        const response = await handler(request);
        if (request.method === "POST") response.headers.set("oci-chunk-min-length", minimum);
        return response;
      }),
    });
    const writer = createWriter();
    await writer.writeBlob(nameOf(registry.host), blobOf(large), { open: opener(large) });
    const ranges = registry.requests.map(({ method, headers }) => [method, headers["content-range"]]);
    const step = 34 << 20;
    expect(ranges).toEqual([
      ["POST", undefined],
      ["PUT", undefined],
      ["GET", undefined],
      ["POST", undefined],
      ["PATCH", `0-${step - 1}`],
      ["PATCH", `${step}-${2 * step - 1}`],
      ["PUT", `${2 * step}-${large.length - 1}`],
    ]);
  });

  test("is in step again after 416", async () => {
    await using registry = await startRegistry({
      wrap: statusScript([
        { match: isPut, status: 413 },
        { match: isPatch, status: 416 },
      ]),
    });
    const writer = createWriter();
    await writer.writeBlob(nameOf(registry.host), blobOf(large), { open: opener(large) });
    expect(await writer.hasBlob(nameOf(registry.host), blobOf(large).digest)).toBe(true);
  });
});

describe("a blob of another repository of the registry", () => {
  test("is mounted, and not sent", async () => {
    await using registry = await startRegistry();
    registry.pushBlob("other/place", content);
    const options = { open: opener(content), mountFrom: "other/place" };
    expect(await createWriter().writeBlob(nameOf(registry.host), blob, options)).toBe(false);
    expect(registry.requests.map(({ method }) => method)).toEqual(["POST"]);
    expect(await createWriter().hasBlob(nameOf(registry.host), blob.digest)).toBe(true);
  });

  test.each([401, 403, 404])("is sent when it cannot be mounted (%i)", async (status) => {
    let isFirst = true;
    await using registry = await startRegistry({
      wrap: (handler) => async (request) => {
        if (!isFirst) return handler(request);
        isFirst = false;
        return new Response("", { status });
      },
    });
    const options = { open: opener(content), mountFrom: "other/place" };
    expect(await createWriter().writeBlob(nameOf(registry.host), blob, options)).toBe(true);
  });

  test("is sent in the upload that the registry opens in place of a mount", async () => {
    await using registry = await startRegistry();
    const options = { open: opener(content), mountFrom: "other/place" };
    expect(await createWriter().writeBlob(nameOf(registry.host), blob, options)).toBe(true);
    expect(registry.requests.map(({ method }) => method)).toEqual(["POST", "PUT"]);
  });
});

describe("bytes that are not the right ones", () => {
  test.each([
    ["others", bytesOf(size, "other"), "DIGEST_MISMATCH"],
    ["too few", content.subarray(1), "SIZE_MISMATCH"],
    ["too many", Buffer.concat([content, content]), "SIZE_MISMATCH"],
  ])("are never whole at the registry: %s", async (_, bytes, code) => {
    await using registry = await startRegistry();
    const writer = createWriter();
    const write = writer.writeBlob(nameOf(registry.host), blob, { open: opener(bytes) });
    expect(await rejectionOf(write)).toMatchObject({ code });
    expect(await writer.hasBlob(nameOf(registry.host), blob.digest)).toBe(false);
  });
});

describe("an upload's Location", () => {
  test.each([
    "http://localhost:1/upload",
    "//evil.example/upload",
    "https://HOST/upload",
    "http://user:pw@HOST/x",
    "ftp://HOST/x",
    "http://HOST:1/x",
  ])("that is not on the registry's origin gets nothing: %s", async (location) => {
    await using sink = await startRegistry();
    await using registry = await startRegistry({
      wrap: (handler) => async (request) => {
        const response = await handler(request);
        const text = location.replace("localhost:1", sink.host).replace("HOST", new URL(request.url).host);
        if (request.method === "POST") response.headers.set("location", text);
        return response;
      },
    });
    const write = createWriter().writeBlob(nameOf(registry.host), blob, { open: opener(content) });
    expect(await rejectionOf(write)).toMatchObject({ code: "REDIRECT_REFUSED" });
    expect(registry.requests.map(({ method }) => method)).toEqual(["POST"]);
    expect(sink.connections).toBe(0);
  });

  test("may be relative, and its query stays as it is", async () => {
    await using registry = await startRegistry({
      wrap: (handler) => async (request) => {
        const response = await handler(request);
        const location = response.headers.get("location") ?? "";
        if (request.method === "POST") response.headers.set("location", `${location}?_state=a%20b+c~/==`);
        return response;
      },
    });
    await createWriter().writeBlob(nameOf(registry.host), blob, { open: opener(content) });
    const [, query] = registry.requests[1]?.path.split("?") ?? [];
    expect(query).toBe(`_state=a%20b+c~/==&digest=${encodeURIComponent(blob.digest)}`);
  });
});

describe("a manifest", () => {
  test("is written under its tag, with its type, and its digest is what comes back", async () => {
    await using registry = await startRegistry();
    const writer = createWriter();
    const name = nameOf(registry.host);
    expect(await writer.findManifest(name)).toBeUndefined();
    await writer.writeManifest(name, document);
    expect(await writer.findManifest(name)).toBe(document.digest);
    expect(registry.requests[1]?.headers["content-type"]).toBe(mediaTypes.ociManifest);
    expect(await writer.findManifest({ ...name, digest: document.digest })).toBe(document.digest);
  });

  test("that the registry stores as another one is an error", async () => {
    await using registry = await startRegistry({ wrap: lyingDigestHeader(() => true, blob.digest) });
    const write = createWriter().writeManifest(nameOf(registry.host), document);
    expect(await rejectionOf(write)).toMatchObject({ code: "DIGEST_MISMATCH" });
  });

  test("is hashed where the registry does not say what a tag means", async () => {
    await using registry = await startRegistry({
      wrap: (handler) => async (request) => {
        const response = await handler(request);
        response.headers.delete("docker-content-digest");
        return response;
      },
    });
    const writer = createWriter();
    await writer.writeManifest(nameOf(registry.host), document);
    expect(await writer.findManifest(nameOf(registry.host))).toBe(document.digest);
  });

  test("is sent again when the registry fails for a moment", async () => {
    await using registry = await startRegistry({
      wrap: statusScript([{ match: ({ method }) => method === "PUT", status: 500 }]),
    });
    const writer = createWriter();
    await writer.writeManifest(nameOf(registry.host), document);
    expect(await writer.findManifest(nameOf(registry.host))).toBe(document.digest);
  });
});

function nameOf(host: string, repository = "acme/hello"): OciName {
  const name = parseOciName(`${host}/${repository}:1.0`);
  if (name === undefined) throw new Error("no name");
  return name;
}

function blobOf(bytes: Uint8Array): Descriptor {
  const digest = parseDigest(`sha256:${createHash("sha256").update(bytes).digest("hex")}`);
  return {
    mediaType: mediaTypes.wasm,
    digest,
    size: bytes.length,
    artifactType: undefined,
    annotations: new Map(),
    platform: undefined,
  };
}

/** Opens bytes like a file: any part of them can be had. Chunks are in one memory. */
function opener(bytes: Uint8Array) {
  return async (_: AbortSignal | undefined, rest?: RestOf): Promise<PartialBytes> => {
    const start = rest?.offset ?? 0;
    const memory = Buffer.alloc(50_000);
    return {
      start,
      async *[Symbol.asyncIterator]() {
        for (let i = start; i < bytes.length; i += memory.length) {
          const chunk = bytes.subarray(i, i + memory.length);
          memory.set(chunk);
          yield memory.subarray(0, chunk.length);
        }
      },
    };
  };
}

function documentOf(manifest: object): ManifestDocument {
  const bytes = Buffer.from(JSON.stringify(manifest));
  return { digest: blobOf(bytes).digest, bytes, manifest: parseManifest(bytes) };
}

/** A writer whose waits take no time. */
function createWriter() {
  let time = 0;
  const now = (): number => time;
  const retrier = createRetrier({
    attempts: 5,
    initialMs: 1,
    maxMs: 4,
    random: () => 0.5,
    now,
    sleep: async (ms) => {
      time += ms;
    },
    onWait: () => {},
  });
  const http = withRetry(createWireHttp({ userAgent: "test/1" }), retrier, now);
  return createRegistryWriter({
    http,
    credentials: anonymous,
    allowPlainHttp: () => false,
    now,
    retrier: async () => retrier,
  });
}
