import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { bytesOf, pushComponent } from "../../test/support/artifacts.ts";
import {
  appendBytes,
  compose,
  cutBody,
  flipByte,
  isBlob,
  isManifest,
  lyingDigestHeader,
  redirect,
  statusScript,
  wrongLength,
} from "../../test/support/faults.ts";
import { startServer, type Wrap } from "../../test/support/http-server.ts";
import { requireBasic } from "../../test/support/registry-auth.ts";
import { errorResponse } from "../../test/support/registry-handler.ts";
import { type Registry, startRegistry } from "../../test/support/registry.ts";
import { type Digest, manifestMediaTypes, mediaTypes, type OciName, parseDigest } from "../core/index.ts";
import { createWireHttp, type Http, type HttpRequest, type HttpResponse } from "../http/index.ts";
import { anonymous, type CredentialProvider } from "./auth/credentials.ts";
import { Secret } from "./auth/secret.ts";
import { createRegistryClient, type RegistryClient } from "./client.ts";

const wasm = bytesOf(300_000, "client");
const nowhere = parseDigest(`sha256:${"0".repeat(64)}`);

interface Setup extends AsyncDisposable {
  readonly registry: Registry;
  readonly client: RegistryClient;
  readonly name: OciName;
  readonly manifestDigest: Digest;
  readonly blob: { readonly digest: Digest; readonly size: number };
}

/** A registry that holds a component as `a/b:1`, with `wrap` around it, and a client for it. */
async function setUp(wrap?: Wrap, credentials: CredentialProvider = anonymous): Promise<Setup> {
  const registry = await startRegistry({ wrap });
  const pushed = pushComponent(registry, { repository: "a/b", tag: "1", wasm });
  const http = createWireHttp({ userAgent: "test" });
  return {
    registry,
    client: clientOn(http, credentials),
    name: { registry: registry.host, repository: "a/b", tag: "1", digest: undefined },
    manifestDigest: pushed.manifestDigest,
    blob: { digest: pushed.contentDigest, size: wasm.length },
    async [Symbol.asyncDispose]() {
      http.close();
      await registry[Symbol.asyncDispose]();
    },
  };
}

function clientOn(http: Http, credentials: CredentialProvider = anonymous): RegistryClient {
  return createRegistryClient({
    http,
    credentials,
    allowPlainHttp: (host) => host === "plain.lan:80",
    now: () => 0,
  });
}

async function* chunksOf(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}

/** An `Http` that answers every request with 200 and `body`, its end told by the connection's. */
function closeDelimited(body: Uint8Array, asked: HttpRequest[] = []): Http {
  const send = async (request: HttpRequest): Promise<HttpResponse> => {
    asked.push(request);
    return {
      status: 200,
      header: () => undefined,
      body: Object.assign(chunksOf(body), { length: undefined, delimited: false }),
      discard: () => undefined,
    };
  };
  return { send, close: () => undefined };
}

async function read(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

const emptyManifest = Buffer.from(
  JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, layers: [] }),
);

function padded(size: number): Buffer {
  return Buffer.concat([emptyManifest, Buffer.alloc(size - emptyManifest.length, " ")]);
}

/** Redirects `manifests/1` to `manifests/2`, and so on to `manifests/<last>`. */
function hopsTo(last: number): Wrap {
  return redirect(
    ({ method, path }) => isManifest({ method, path }) && !path.endsWith(`/${last}`),
    (url) => url.pathname.replace(/\d+$/, (step) => String(Number(step) + 1)),
  );
}

describe("fetchManifest", () => {
  it("fetches by tag and by digest, with one request each", async () => {
    await using setup = await setUp();
    const { client, name, manifestDigest: digest } = setup;
    const byTag = await client.fetchManifest(name);
    const byDigest = await client.fetchManifest({ ...name, digest });
    expect(byTag).toEqual(byDigest);
    expect(byTag.digest).toBe(digest);
    expect(`sha256:${createHash("sha256").update(byTag.bytes).digest("hex")}`).toBe(digest);
    expect(byTag.manifest.kind).toBe("image");
    expect(setup.registry.requests.map(({ path }) => path)).toEqual([
      "/v2/a/b/manifests/1",
      `/v2/a/b/manifests/${digest}`,
    ]);
    expect(setup.registry.requests[0]?.headers.accept).toBe(manifestMediaTypes.join(", "));
  });

  it("refuses a tag whose header and bytes disagree, and believes a pin", async () => {
    await using setup = await setUp(lyingDigestHeader(isManifest, nowhere));
    await expect(setup.client.fetchManifest(setup.name)).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
    const pinned = { ...setup.name, digest: setup.manifestDigest };
    expect((await setup.client.fetchManifest(pinned)).digest).toBe(setup.manifestDigest);
  });

  it("refuses bytes that are not those of the pin", async () => {
    await using setup = await setUp(flipByte(isManifest, 7));
    const pinned = { ...setup.name, digest: setup.manifestDigest };
    await expect(setup.client.fetchManifest(pinned, { reference: "oci://as/typed" })).rejects.toMatchObject({
      code: "DIGEST_MISMATCH",
      message: expect.stringMatching(
        new RegExp(`^digest mismatch for \`oci://as/typed\`: expected ${setup.manifestDigest}, got sha256:`),
      ),
    });
  });

  it("refuses a manifest that is served as something else", async () => {
    await using setup = await setUp();
    setup.registry.pushManifest("a/b", "2", emptyManifest, mediaTypes.ociIndex);
    await expect(setup.client.fetchManifest({ ...setup.name, tag: "2" })).rejects.toMatchObject({
      code: "MEDIA_TYPE_MISMATCH",
    });
  });

  it("takes 4 MiB and not a byte more, announced or not", async () => {
    await using setup = await setUp();
    setup.registry.pushManifest("a/b", "full", padded(4_194_304));
    setup.registry.pushManifest("a/b", "over", padded(4_194_305));
    const { bytes } = await setup.client.fetchManifest({ ...setup.name, tag: "full" });
    expect(bytes).toHaveLength(4_194_304);
    const tooLarge = {
      code: "UNUSABLE_ARTIFACT",
      message: expect.stringContaining("is larger than 4194304 bytes"),
    };
    await expect(setup.client.fetchManifest({ ...setup.name, tag: "over" })).rejects.toMatchObject(tooLarge);
    const pinned = { ...setup.name, digest: nowhere };
    const endless = clientOn(closeDelimited(padded(4_194_305)));
    await expect(endless.fetchManifest(pinned)).rejects.toMatchObject(tooLarge);
  });

  it("takes a body that ends with the connection only when a pin can judge it", async () => {
    await using setup = await setUp();
    const client = clientOn(closeDelimited(emptyManifest));
    await expect(client.fetchManifest(setup.name)).rejects.toMatchObject({ code: "NETWORK" });
    const digest = parseDigest(`sha256:${createHash("sha256").update(emptyManifest).digest("hex")}`);
    expect((await client.fetchManifest({ ...setup.name, digest })).digest).toBe(digest);
  });

  it.each([
    [403, "FORBIDDEN"],
    [429, "RATE_LIMITED"],
    [400, "NETWORK"],
    [500, "NETWORK"],
    [503, "NETWORK"],
    [206, "NETWORK"],
    [304, "NETWORK"],
  ])("maps %d to %s", async (status, code) => {
    await using setup = await setUp(
      statusScript([{ match: isManifest, status, headers: { "retry-after": "7" } }]),
    );
    await expect(setup.client.fetchManifest(setup.name)).rejects.toMatchObject({
      code,
      message: `failed to pull \`${setup.registry.host}/a/b:1\`: ${setup.registry.host} answered ${status}`,
      details: {
        method: "GET",
        url: `${setup.registry.url}/v2/a/b/manifests/1`,
        status,
        retryAfterMs: 7000,
        credentialsSent: false,
      },
    });
  });

  it("keeps what the registry says of a tag that is not there", async () => {
    await using setup = await setUp();
    const reference = `oci://${setup.registry.host}/a/b:\u001b[31mnone`;
    await expect(
      setup.client.fetchManifest({ ...setup.name, tag: "none" }, { reference }),
    ).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: `failed to pull \`oci://${setup.registry.host}/a/b:\\u{1b}[31mnone\`: MANIFEST_UNKNOWN: manifest unknown`,
      details: { status: 404, errors: [{ code: "MANIFEST_UNKNOWN", message: "manifest unknown" }] },
    });
  });

  it("follows five redirects and not six", async () => {
    await using five = await setUp(hopsTo(6));
    five.registry.pushManifest("a/b", "6", emptyManifest);
    expect((await five.client.fetchManifest(five.name)).manifest.kind).toBe("image");
    await using six = await setUp(hopsTo(7));
    six.registry.pushManifest("a/b", "7", emptyManifest);
    await expect(six.client.fetchManifest(six.name)).rejects.toMatchObject({ code: "REDIRECT_REFUSED" });
    expect(six.registry.requests).toHaveLength(6);
  });
});

describe("headManifest", () => {
  it("says what the registry says", async () => {
    await using setup = await setUp();
    const { bytes } = await setup.client.fetchManifest(setup.name);
    expect(await setup.client.headManifest(setup.name)).toEqual({
      digest: setup.manifestDigest,
      mediaType: mediaTypes.ociManifest,
      size: bytes.length,
    });
    expect(setup.registry.requests[1]).toMatchObject({
      method: "HEAD",
      headers: { accept: manifestMediaTypes.join(", ") },
    });
  });

  it("makes nothing of a digest that is none", async () => {
    await using setup = await setUp(lyingDigestHeader(isManifest, "sha256:../../etc"));
    expect((await setup.client.headManifest(setup.name))?.digest).toBeUndefined();
  });

  it.each([405, 501])("is undefined when the registry answers %d", async (status) => {
    await using setup = await setUp(statusScript([{ match: isManifest, status }]));
    expect(await setup.client.headManifest(setup.name)).toBeUndefined();
  });

  it("says that it has no reason to give", async () => {
    await using setup = await setUp();
    await expect(setup.client.headManifest({ ...setup.name, tag: "none" })).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringMatching(/answered 404 \(the answer to HEAD carries no reason\)$/),
    });
  });
});

describe("openBlob", () => {
  it("hands out the bytes", async () => {
    await using setup = await setUp();
    const checked = await read(await setup.client.openBlob(setup.name, setup.blob));
    const unchecked = await read(await setup.client.openBlob(setup.name, setup.blob, { verify: false }));
    expect([checked.equals(wasm), unchecked.equals(wasm)]).toEqual([true, true]);
    expect(setup.registry.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(
      Array.from({ length: 2 }, () => `GET /v2/a/b/blobs/${setup.blob.digest}`),
    );
  });

  it("fails while it is read when they are the wrong ones", async () => {
    await using setup = await setUp(flipByte(isBlob, 200_000));
    await expect(setup.client.openBlob(setup.name, setup.blob).then(read)).rejects.toMatchObject({
      code: "DIGEST_MISMATCH",
    });
    const unchecked = await read(await setup.client.openBlob(setup.name, setup.blob, { verify: false }));
    expect(unchecked).toHaveLength(wasm.length);
  });

  it("needs no size: the digest is checked all the same", async () => {
    await using setup = await setUp();
    const blob = { digest: setup.blob.digest, size: undefined };
    expect((await read(await setup.client.openBlob(setup.name, blob))).equals(wasm)).toBe(true);
    await using broken = await setUp(flipByte(isBlob, 200_000));
    await expect(broken.client.openBlob(broken.name, blob).then(read)).rejects.toMatchObject({
      code: "DIGEST_MISMATCH",
    });
  });

  it("fails when the body is cut", async () => {
    await using setup = await setUp(cutBody(isBlob, 200_000));
    await expect(setup.client.openBlob(setup.name, setup.blob).then(read)).rejects.toMatchObject({
      code: "NETWORK",
    });
  });

  it.each<[string, Wrap]>([
    ["longer", appendBytes(isBlob, Uint8Array.of(0))],
    ["shorter", wrongLength(isBlob, -1)],
  ])("fails before the first byte when a %s one is announced", async (_, wrap) => {
    await using setup = await setUp(wrap);
    await expect(setup.client.openBlob(setup.name, setup.blob, { verify: false })).rejects.toMatchObject({
      code: "SIZE_MISMATCH",
      details: { expected: wasm.length },
    });
  });

  it("checks the size of a body that announces none", async () => {
    const bytes = Uint8Array.of(1, 2, 3);
    const client = clientOn(closeDelimited(bytes));
    const name: OciName = { registry: "ghcr.io", repository: "a", tag: "1", digest: undefined };
    for (const size of [2, 4]) {
      await expect(client.openBlob(name, { digest: nowhere, size }).then(read)).rejects.toMatchObject({
        code: "SIZE_MISMATCH",
      });
    }
  });

  it("knows what a registry says of a blob that is not there", async () => {
    await using setup = await setUp();
    await expect(setup.client.openBlob(setup.name, { digest: nowhere, size: 1 })).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringContaining("BLOB_UNKNOWN: blob unknown to registry"),
    });
  });

  it("takes no credentials along to another origin", async () => {
    await using storage = await startServer(async () => new Response(wasm));
    const login = { username: "alice", password: new Secret("canary"), source: "config.json" };
    const wrap = compose(
      requireBasic({ user: "alice", password: "canary" }),
      redirect(isBlob, `${storage.url}/x?sig=1`),
    );
    await using setup = await setUp(wrap, {
      async *credentialsFor() {
        yield login;
      },
    });
    expect(await read(await setup.client.openBlob(setup.name, setup.blob))).toHaveLength(wasm.length);
    expect(setup.registry.requests.at(-1)?.headers.authorization).toMatch(/^Basic /);
    expect(storage.requests).toHaveLength(1);
    expect(storage.requests[0]?.headers).not.toHaveProperty("authorization");
  });

  it("says of storage elsewhere that no credentials were sent, and hides the signature", async () => {
    await using storage = await startServer(async () => errorResponse(403, "AccessDenied", "expired"));
    await using setup = await setUp(redirect(isBlob, `${storage.url}/x?sig=canary`));
    await expect(setup.client.openBlob(setup.name, setup.blob)).rejects.toMatchObject({
      code: "FORBIDDEN",
      details: { url: `${storage.url}/x?***`, credentialsSent: false },
    });
  });
});

describe("where a registry is", () => {
  it.each([
    ["docker.io", "https://registry-1.docker.io"],
    ["ghcr.io", "https://ghcr.io"],
    ["reg.lan:5000", "https://reg.lan:5000"],
    ["plain.lan:80", "http://plain.lan"],
    ["plain.lan:81", "https://plain.lan:81"],
    ["localhost:5000", "http://localhost:5000"],
    ["127.9.9.9", "http://127.9.9.9"],
    ["[::1]:5000", "http://[::1]:5000"],
    ["10.0.0.4:5000", "https://10.0.0.4:5000"],
  ])("%s is at %s", async (registry, origin) => {
    const asked: HttpRequest[] = [];
    const name: OciName = { registry, repository: "a/b", tag: undefined, digest: nowhere };
    await clientOn(closeDelimited(new Uint8Array(), asked)).openBlob(name, { digest: nowhere, size: 0 });
    expect(asked.map(({ url }) => url.href)).toEqual([`${origin}/v2/a/b/blobs/${nowhere}`]);
  });

  it("refuses a host that is no address", async () => {
    const name: OciName = { registry: "ghcr.io:99999", repository: "a", tag: "1", digest: undefined };
    await expect(clientOn(closeDelimited(new Uint8Array())).fetchManifest(name)).rejects.toMatchObject({
      code: "INVALID_REFERENCE",
      message: "invalid reference `ghcr.io:99999/a:1`",
    });
  });
});
