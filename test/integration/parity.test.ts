// What the Rust client's own tests (release 0.4.26) hold it to, row by row, held against this one. Where this client
// differs on purpose, the comment says how. Rows of its command are in test/e2e/parity.test.ts.
import { mkdir, readdir, readFile, readlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Digest, isDistError } from "../../src/core/index.ts";
import {
  type CachedPack,
  DigestFetcher,
  type DistClientOptions,
  fetchPack,
  fetchPackToCache,
  OciComponentResolver,
  OciPackFetcher,
  type OciPackFetcherOptions,
  type ResolvedComponent,
} from "../../src/index.ts";
import { smallComponent } from "../support/artifacts.ts";
import { digestOf, leftovers, viewOf } from "../support/cache-files.ts";
import { openClient } from "../support/client.ts";
import { flipByte, isBlob } from "../support/faults.ts";
import { startServer } from "../support/http-server.ts";
import { type LayerToPush, pushLayers, type PushedLayers } from "../support/push-layers.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { type TempDir, tempDir } from "../support/temp-dir.ts";

const wasmType = "application/wasm";
const manifestType = "application/vnd.greentic.component.manifest+json";
const octets = "application/octet-stream";
const gtpack = "application/vnd.greentic.gtpack.v1+zip";
const nowhere = `sha256:${"a".repeat(64)}`;
const named = JSON.stringify({ artifacts: { component_wasm: "component_templates.wasm" } });

let registry: Registry;
let dir: TempDir;
beforeEach(async () => {
  registry = await startRegistry();
  dir = await tempDir();
});
afterEach(async () => {
  await registry[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

const push = (...layers: LayerToPush[]): PushedLayers =>
  pushLayers(registry, "greentic/components", ...layers);
const cacheDirOf = (): string => join(dir.path, "cache");
const folderOf = async (digest: Digest): Promise<readonly string[]> =>
  (await readdir(viewOf(cacheDirOf(), digest))).toSorted();
const blobRequests = (): number => registry.requests.filter(({ path }) => path.includes("/blobs/")).length;

/** Writes a file beside the cache. */
async function write(name: string, content: string): Promise<string> {
  const path = join(dir.path, name);
  await writeFile(path, content);
  return path;
}

/** What a resolver with default options, but for those given, makes of references. */
async function resolve(
  refs: readonly string[],
  options: DistClientOptions = {},
): Promise<readonly ResolvedComponent[]> {
  await using resolver = new OciComponentResolver({ env: {}, cacheDir: cacheDirOf(), ...options });
  return await resolver.resolveRefs({ refs });
}

/** What a pack fetcher with default options, but for those given, makes of a reference. */
async function fetchPackFrom(reference: string, options: OciPackFetcherOptions = {}): Promise<CachedPack> {
  await using fetcher = new OciPackFetcher({ env: {}, cacheDir: cacheDirOf(), ...options });
  return await fetcher.fetchPackToCache(reference);
}

/** The bytes that a digest in a repository names. */
async function fetchDigest(reference: string): Promise<Uint8Array> {
  await using fetcher = new DigestFetcher({ env: {}, cacheDir: cacheDirOf() });
  return await fetcher.fetchByDigest(reference);
}

/** The bytes of the pack that is cached for artifacts of these layers. */
async function packOf(...layers: LayerToPush[]): Promise<string> {
  return readFile((await fetchPackFrom(push(...layers).pinned)).cachePath, "utf8");
}

describe("DistClient", () => {
  test("7A.2 a file is cached by the digest of its bytes", async () => {
    const file = await write("component.wasm", "hello-component");
    await using cache = openClient(cacheDirOf());
    const { digest, cachePath } = await cache.client.ensureCached(file);
    expect(digest).toBe(digestOf("hello-component"));
    expect(await readFile(cachePath, "utf8")).toBe("hello-component");
  });

  test("7A.3 a download over http from this machine is cached, with one request", async () => {
    await using server = await startServer(async () => new Response("from-http"));
    await using cache = openClient(cacheDirOf(), { allowInsecureLocalHttp: true });
    const { digest, cachePath } = await cache.client.ensureCached(`${server.url}/component.wasm`);
    expect(digest).toBe(digestOf("from-http"));
    expect(await readFile(cachePath, "utf8")).toBe("from-http");
    expect(server.requests).toHaveLength(1);
  });

  test("7A.4 every entry of a lockfile is pulled, whether it is a text or an object", async () => {
    const paths = [await write("a.wasm", "a"), await write("b.wasm", "b")] as const;
    const lock = JSON.stringify({ components: [paths[0], { reference: paths[1] }] });
    await using cache = openClient(cacheDirOf());
    const pulled = await cache.client.pullLock(await write("pack.lock", lock));
    const contents = pulled.map(({ cachePath }) => readFile(cachePath, "utf8"));
    expect(await Promise.all(contents)).toEqual(["a", "b"]);
  });

  test("7A.5 a lockfile with a schema version pins what is not cached yet", async () => {
    const file = await write("x.wasm", "x");
    const digest = digestOf("x");
    const lock = { schema_version: 1, components: [{ name: "x", ref: file, digest }] };
    await using cache = openClient(cacheDirOf());
    const pulled = await cache.client.pullLock(await write("pack.lock", JSON.stringify(lock)));
    expect(pulled).toMatchObject([{ name: "x", digest }]);
    expect(await readFile(pulled[0]?.cachePath ?? "", "utf8")).toBe("x");
  });

  test("7A.6 offline, an http address is refused because it is offline, not because it is insecure", async () => {
    await using cache = openClient(cacheDirOf(), { offline: true });
    const reference = "http://example.com/component.wasm";
    await expect(cache.client.resolveRef(reference)).rejects.toMatchObject({
      code: "OFFLINE",
      message: `offline mode forbids fetching \`${reference}\``,
    });
  });

  test("7A.7 http to another machine is refused, also where http to this one is allowed", async () => {
    await using cache = openClient(cacheDirOf(), { allowInsecureLocalHttp: true });
    const reference = "http://example.com/component.wasm";
    await expect(cache.client.resolveRef(reference)).rejects.toMatchObject({
      code: "INSECURE_URL",
      message: `insecure url \`${reference}\`: only https is allowed`,
    });
  });
});

describe("the resolver of components", () => {
  test("7A.9 a pinned component is fetched once and cached", async () => {
    const { pinned, manifestDigest } = push([smallComponent, wasmType]);
    const [first] = await resolve([pinned]);
    expect(first).toMatchObject({ digest: manifestDigest, manifestDigest, fetched: true });
    expect(new Uint8Array(await readFile(first?.cachePath ?? ""))).toEqual(smallComponent);
    expect(await resolve([pinned])).toEqual([{ ...first, fetched: false }]);
    expect(blobRequests()).toBe(1);
  });

  test("7A.10 a tag is refused unless tags are allowed", async () => {
    const reference = push([smallComponent, wasmType]).tagged.replace(/1\.0$/, "latest");
    await expect(resolve([reference])).rejects.toMatchObject({ code: "TAG_REFUSED" });
    expect(registry.requests).toEqual([]);
  });

  test("7A.11 offline, a pinned reference that is not cached is refused", async () => {
    const { pinned } = push([smallComponent, wasmType]);
    await expect(resolve([pinned], { offline: true })).rejects.toMatchObject({
      code: "OFFLINE",
      message: `offline mode forbids fetching \`${pinned}\``,
    });
    expect(registry.requests).toEqual([]);
  });

  test("7A.12 an allowed tag means the digest of its manifest", async () => {
    const { tagged, manifestDigest } = push([smallComponent, wasmType]);
    const [component] = await resolve([tagged], { allowTags: true });
    expect(component).toMatchObject({
      digest: manifestDigest,
      cachePath: viewOf(cacheDirOf(), manifestDigest, "component.wasm"),
    });
    expect(blobRequests()).toBe(1);
  });

  test("7A.13 a manifest alone and a component are cached under their names, and come back in order", async () => {
    const manifest = push(["{}", manifestType]);
    const wasm = push([smallComponent, wasmType]);
    const components = await resolve([manifest.pinned, wasm.pinned]);
    expect(components.map(({ cachePath = "" }) => basename(cachePath))).toEqual([
      "component.manifest.json",
      "component.wasm",
    ]);
    expect(components.map(({ digest }) => digest)).toEqual([manifest.manifestDigest, wasm.manifestDigest]);
  });

  // The Rust client called a component by its layer's digest where the registry named none for the manifest. Here the
  // manifest is hashed, so that it has a digest always; the layer's is the content digest.
  test("7A.14 a Wasm layer is preferred to the component manifest before it", async () => {
    const { pinned, manifestDigest, layers } = push(["{}", manifestType], [smallComponent, wasmType]);
    expect(await resolve([pinned])).toMatchObject([
      {
        mediaType: wasmType,
        digest: manifestDigest,
        contentDigest: layers[1]?.digest,
        cachePath: viewOf(cacheDirOf(), manifestDigest, "component.wasm"),
      },
    ]);
  });

  test("7A.15 the component manifest is cached in the folder of the component", async () => {
    const { pinned, manifestDigest } = push(["{}", manifestType], [smallComponent, wasmType]);
    await resolve([pinned]);
    expect(await folderOf(manifestDigest)).toEqual([
      "component.manifest.json",
      "component.wasm",
      "metadata.json",
    ]);
    expect(await readFile(viewOf(cacheDirOf(), manifestDigest, "component.manifest.json"), "utf8")).toBe(
      "{}",
    );
  });

  test("7A.16 a component that its manifest names has that name too", async () => {
    const { pinned, manifestDigest } = push([named, manifestType], [smallComponent, wasmType]);
    await resolve([pinned]);
    expect(await folderOf(manifestDigest)).toEqual([
      "component.manifest.json",
      "component.wasm",
      "component_templates.wasm",
      "metadata.json",
    ]);
  });

  test("7A.17 an artifact that is a component manifest alone is component.manifest.json", async () => {
    const { pinned, manifestDigest } = push([named, manifestType]);
    const [component] = await resolve([pinned]);
    expect(component?.cachePath).toBe(viewOf(cacheDirOf(), manifestDigest, "component.manifest.json"));
    expect(await folderOf(manifestDigest)).toEqual(["component.manifest.json", "metadata.json"]);
  });

  test("7A.18 a text that is no reference is refused", async () => {
    await expect(resolve(["not a ref"])).rejects.toMatchObject({
      code: "INVALID_REFERENCE",
      message: "invalid reference `not a ref`",
    });
  });

  const publicComponent = process.env["OCI_E2E_REF"] ?? "ghcr.io/greentic-ai/components/templates:latest";
  test.runIf(process.env["OCI_E2E"] === "1")(
    "7A.19 a public component is fetched from its registry, where OCI_E2E=1 asks for that",
    async ({ skip }) => {
      const components = await resolve([publicComponent], { allowTags: true }).catch((error: unknown) => {
        if (isDistError(error, "NETWORK") || isDistError(error, "TIMEOUT")) return skip(error.message);
        throw error;
      });
      expect(components).toMatchObject([
        { fetched: true, manifestDigest: expect.stringMatching(/^sha256:/) as string },
      ]);
    },
  );

  test("7A.49 a Wasm layer is selected before a component manifest, whichever comes first", async () => {
    for (const layers of [
      [["{}", manifestType] as const, [smallComponent, wasmType] as const],
      [[smallComponent, wasmType] as const, ["{}", manifestType] as const],
    ]) {
      expect(await resolve([push(...layers).pinned])).toMatchObject([{ mediaType: wasmType }]);
    }
  });

  test("7A.50 manifest and component are written under their usual names, with their bytes", async () => {
    const { pinned, manifestDigest } = push(["{}", manifestType], [smallComponent, wasmType]);
    const [component] = await resolve([pinned]);
    const { cachePath = "", manifestPath = "" } = component ?? {};
    expect([basename(cachePath), basename(manifestPath)]).toEqual([
      "component.wasm",
      "component.manifest.json",
    ]);
    expect(new Uint8Array(await readFile(cachePath))).toEqual(smallComponent);
    expect(await readFile(manifestPath, "utf8")).toBe("{}");
    expect(dirname(cachePath)).toBe(dirname(viewOf(cacheDirOf(), manifestDigest, "x")));
  });

  // The Rust client's link is absolute, and breaks when the cache is moved; this one is relative.
  test("7A.51 beside a named component, component.wasm is a link to it", async () => {
    const { pinned, manifestDigest } = push([named, manifestType], [smallComponent, wasmType]);
    await resolve([pinned]);
    const link = viewOf(cacheDirOf(), manifestDigest, "component.wasm");
    expect(await readlink(link)).toBe("component_templates.wasm");
    expect(new Uint8Array(await readFile(link))).toEqual(smallComponent);
  });

  test("7A.52 the path of a named component is that name, later and offline too", async () => {
    const { pinned, manifestDigest } = push([named, manifestType], [smallComponent, wasmType]);
    const cachePath = viewOf(cacheDirOf(), manifestDigest, "component_templates.wasm");
    expect(await resolve([pinned])).toMatchObject([{ cachePath, fetched: true }]);
    registry.clearLog();
    expect(await resolve([pinned], { offline: true })).toMatchObject([{ cachePath, fetched: false }]);
    expect(registry.requests).toEqual([]);
  });
});

describe("packs", () => {
  test("7A.8 a pack of a client of its own and of a shared one is the same", async () => {
    const { pinned } = push(["zip", gtpack]);
    const roots = [join(dir.path, "one"), join(dir.path, "two")] as const;
    const one = await fetchPack(pinned, { env: {}, cacheDir: roots[0] });
    await using fetcher = new OciPackFetcher({ env: {}, cacheDir: roots[1] });
    const two = await fetcher.fetchPack(pinned);
    expect({ ...two, cachePath: one.cachePath }).toEqual(one);
    expect(await readFile(two.cachePath)).toEqual(await readFile(one.cachePath));
  });

  test("7A.20 a pinned pack is fetched once and cached as pack.gtpack", async () => {
    const { pinned, manifestDigest } = push(["pack", octets]);
    const first = await fetchPackFrom(pinned);
    expect(first).toMatchObject({ digest: manifestDigest, fetched: true });
    expect(basename(first.cachePath)).toBe("pack.gtpack");
    expect(await fetchPackFrom(pinned)).toEqual({ ...first, fetched: false });
    expect(blobRequests()).toBe(1);
  });

  test("7A.21 the tag of a pack is refused unless tags are allowed", async () => {
    const { tagged } = push(["pack", octets]);
    await expect(fetchPackFrom(tagged)).rejects.toMatchObject({
      code: "TAG_REFUSED",
      message: `digest pin required for \`${tagged}\``,
    });
    expect(registry.requests).toEqual([]);
  });

  test("7A.22 offline, a pinned pack that is not cached is refused", async () => {
    const { pinned } = push(["pack", octets]);
    await expect(fetchPackFrom(pinned, { offline: true })).rejects.toMatchObject({ code: "OFFLINE" });
    expect(registry.requests).toEqual([]);
  });

  test("7A.23 the allowed tag of a pack means the digest of its manifest", async () => {
    const { tagged, manifestDigest } = push(["pack", octets]);
    const { digest, cachePath } = await fetchPackFrom(tagged, { allowTags: true });
    expect(digest).toBe(manifestDigest);
    expect(await readFile(cachePath, "utf8")).toBe("pack");
    expect(blobRequests()).toBe(1);
  });

  test("7A.24 a layer of a pack's media type is preferred to bytes of any kind before it", async () => {
    expect(await packOf(["bytes", octets], ["pack", "application/vnd.greentic.pack+json"])).toBe("pack");
  });

  test("7A.25 a zip pack is accepted", async () => {
    expect(await packOf(["zip", gtpack])).toBe("zip");
  });

  test("7A.26 Markdown is accepted where there is nothing else", async () => {
    expect(await packOf(["# Read me", "text/markdown"])).toBe("# Read me");
  });

  test.each([
    octets,
    "application/json",
    "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.oci.image.layer.v1.tar+zstd",
    "application/vnd.greentic.pack+zip",
  ])("7A.27 a pack of the media type %s is accepted", async (mediaType) => {
    expect(await fetchPackFrom(push(["pack", mediaType]).pinned)).toMatchObject({ mediaType });
  });

  test("7A.28 a media type that the caller accepts is a pack", async () => {
    const { pinned } = push(["<p>", "text/html"]);
    const options = { env: {}, cacheDir: cacheDirOf(), acceptedLayerMediaTypes: ["text/html"] };
    const { mediaType, cachePath } = await fetchPackToCache(pinned, options);
    expect([mediaType, await readFile(cachePath, "utf8")]).toEqual(["text/html", "<p>"]);
  });

  // The Rust client takes the first layer; here bytes of any kind come before JSON, whichever is first.
  test("7A.29 bytes of any kind are taken before JSON where no layer has a pack's media type", async () => {
    expect(await packOf(["first", octets], ["second", "application/json"])).toBe("first");
  });

  test("7A.30 a manifest that has not the digest of the pin is refused, and nothing is kept", async () => {
    const { manifestDigest } = push(["pack", octets]);
    await using liar = await startRegistry({
      wrap: (handler) => (request) => handler(new Request(request.url.replace(nowhere, manifestDigest))),
    });
    pushLayers(liar, "greentic/components", ["pack", octets]);
    const pinned = `${liar.host}/greentic/components@${nowhere}`;
    await expect(fetchPackFrom(pinned)).rejects.toMatchObject({
      code: "DIGEST_MISMATCH",
      message: `digest mismatch for \`${pinned}\`: expected ${nowhere}, got ${manifestDigest}`,
    });
    expect(await leftovers(cacheDirOf())).toEqual([]);
  });

  test("7A.31 a text that is no reference is no pack", async () => {
    await expect(fetchPackFrom("not a ref")).rejects.toMatchObject({ code: "INVALID_REFERENCE" });
  });
});

describe("the fetcher of digests", () => {
  const digest = digestOf(smallComponent);

  test("7A.53 a bare digest lacks its repository", async () => {
    await expect(fetchDigest(digest)).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: `digest \`${digest}\` lacks repository context; pass an OCI digest ref`,
    });
  });

  test("7A.54 bytes that have not the digest asked for are refused", async () => {
    await using broken = await startRegistry({ wrap: flipByte(isBlob, 7) });
    broken.pushBlob("greentic/components", smallComponent);
    const reference = `${broken.host}/greentic/components@${digest}`;
    await expect(fetchDigest(reference)).rejects.toMatchObject({
      code: "DIGEST_MISMATCH",
      message: expect.stringContaining(`digest mismatch for \`${reference}\`: expected ${digest}, got `),
    });
    expect(await leftovers(cacheDirOf())).toEqual([]);
  });

  test("7A.55 a digest that the repository has not is not found", async () => {
    push(["another", wasmType]);
    await expect(fetchDigest(`${registry.host}/greentic/components@${digest}`)).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });

  test("7A.untested a tag is refused, for only a digest says which bytes are meant", async () => {
    const { tagged } = push([smallComponent, wasmType]);
    await expect(fetchDigest(tagged)).rejects.toMatchObject({
      code: "TAG_REFUSED",
      message: `digest pin required for \`${tagged}\``,
    });
  });

  test("7A.untested a cached blob that was changed is fetched again, not handed out", async () => {
    registry.pushBlob("greentic/components", smallComponent);
    const reference = `${registry.host}/greentic/components@${digest}`;
    await fetchDigest(reference);
    await writeFile(viewOf(cacheDirOf(), digest, "blob.bin"), "changed");
    expect(await fetchDigest(reference)).toEqual(smallComponent);
  });
});

describe("what went wrong with a component", () => {
  // The Rust client has a message of its own for this; here offline is said the same way everywhere.
  test("7A.untested offline, a tag that was never fetched is refused because it is offline", async () => {
    const { tagged } = push([smallComponent, wasmType]);
    await expect(resolve([tagged], { allowTags: true, offline: true })).rejects.toMatchObject({
      code: "OFFLINE",
      message: `offline mode forbids fetching \`${tagged}\``,
    });
  });

  test("7A.untested an artifact without layers cannot be used", async () => {
    await expect(resolve([push().pinned])).rejects.toMatchObject({ code: "UNUSABLE_ARTIFACT" });
  });

  test("7A.untested what the registry says of a missing manifest stays in the message", async () => {
    const missing = `${registry.host}/greentic/components@${nowhere}`;
    await expect(resolve([missing])).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringMatching(/MANIFEST_UNKNOWN.*manifest unknown/),
    });
  });

  test("7A.untested a cache that cannot be written is an error of this machine", async () => {
    const { pinned } = push([smallComponent, wasmType]);
    const cacheDir = join(await write("file", ""), "cache");
    await expect(resolve([pinned], { cacheDir })).rejects.toMatchObject({ code: "IO" });
  });

  // The Rust client fails for both: published components name build paths, and must be usable all the same.
  test.each([
    ["cannot be read", "COMPONENT_MANIFEST_UNREADABLE", "not JSON"],
    [
      "names a path",
      "COMPONENT_NAME_IGNORED",
      JSON.stringify({ artifacts: { component_wasm: "../x.wasm" } }),
    ],
  ])("7A.untested a component manifest that %s is a warning", async (_what, code, manifest) => {
    const { pinned, manifestDigest } = push([manifest, manifestType], [smallComponent, wasmType]);
    const warnings: string[] = [];
    await resolve([pinned], {
      onEvent: (event) => event.event === "warning" && warnings.push(event.code),
    });
    expect(warnings).toEqual([code]);
    expect(await folderOf(manifestDigest)).toEqual([
      "component.manifest.json",
      "component.wasm",
      "metadata.json",
    ]);
  });
});

test("7A.untested a lockfile that is none is refused by that name", async () => {
  const lock = await write("pack.lock", "not a lockfile");
  await using cache = openClient(cacheDirOf());
  await expect(cache.client.pullLock(lock)).rejects.toMatchObject({
    code: "INVALID_LOCKFILE",
    message: expect.stringContaining("invalid lockfile"),
  });
});

test("7A.untested what another program laid out by the digest of its bytes is served as it lies there", async () => {
  const digest = digestOf("hello-component");
  const path = viewOf(cacheDirOf(), digest, "component.wasm");
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, "hello-component");
  await using cache = openClient(cacheDirOf(), { offline: true });
  expect(await cache.client.fetchDigest(digest)).toMatchObject({ digest, cachePath: path, fetched: false });
});
