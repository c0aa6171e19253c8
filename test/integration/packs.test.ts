import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { commands } from "../../src/cli/commands.ts";
import {
  DistClient,
  fetchPack,
  fetchPackToCache,
  OciPackFetcher,
  type OciPackFetcherOptions,
} from "../../src/index.ts";
import { smallComponent } from "../support/artifacts.ts";
import { readJsonFile, viewFolders, viewOf } from "../support/cache-files.ts";
import { type LayerToPush, pushLayers, type PushedLayers } from "../support/push-layers.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { type TempDir, tempDir } from "../support/temp-dir.ts";

const zip = Buffer.from("PK\u0003\u0004 and so on");
const octets = "application/octet-stream";
const gtpack = "application/vnd.greentic.gtpack.v1+zip";
const nowhere = `sha256:${"a".repeat(64)}`;

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

const push = (...layers: LayerToPush[]): PushedLayers => pushLayers(registry, "acme/tools", ...layers);
const fetcherWith = (options: OciPackFetcherOptions = {}): OciPackFetcher =>
  new OciPackFetcher({ env: {}, cacheDir: dir.path, ...options });
const blobRequests = (): readonly string[] =>
  registry.requests.flatMap(({ path }) => (path.includes("/blobs/") ? [path.split("/").at(-1) ?? ""] : []));

// Row 8.
test("the command and the library fetch the same pack", async () => {
  const { pinned } = push([zip, gtpack]);
  const pack = await commands.find(({ name }) => name === "pack")?.load();
  await using fetcher = fetcherWith();
  const { reference, digest, mediaType, shape, cachePath } = await fetcher.fetchPackToCache(pinned);
  await using client = new DistClient({ env: {}, cacheDir: dir.path });
  const output = await pack?.({
    operands: [pinned],
    options: new Map(),
    signal: new AbortController().signal,
    clientOptions: { env: {}, cacheDir: dir.path },
    writeOut: () => undefined,
    writeError: () => undefined,
    colour: () => false,
    client,
  });
  expect(output).toEqual({
    lines: [cachePath],
    json: { reference, digest, media_type: mediaType, shape, cache_path: cachePath, fetched: false },
  });
});

describe("a pack that is pinned", () => {
  // Row 20.
  test("is fetched once, and cached as pack.gtpack under both digests", async () => {
    const { pinned, manifestDigest, layers } = push([zip, octets]);
    await using fetcher = fetcherWith();
    const pack = await fetcher.fetchPackToCache(pinned);
    expect(pack).toEqual({
      reference: pinned,
      digest: manifestDigest,
      contentDigest: layers[0]?.digest,
      manifestDigest,
      mediaType: octets,
      shape: "zip",
      cachePath: viewOf(dir.path, manifestDigest, "pack.gtpack"),
      fetched: true,
    });
    expect(await readFile(pack.cachePath)).toEqual(zip);
    expect(await readFile(viewOf(dir.path, pack.contentDigest, "pack.gtpack"))).toEqual(zip);
    expect(await readJsonFile(viewOf(dir.path, manifestDigest, "metadata.json"))).toMatchObject({
      resolved_digest: manifestDigest,
      media_type: octets,
      content_digest: pack.contentDigest,
    });
    registry.clearLog();
    expect(await fetcher.fetchPackToCache(pinned)).toEqual({ ...pack, fetched: false });
    expect(registry.requests).toEqual([]);
  });

  test("is found again by the digest of its bytes, with its media type", async () => {
    const { pinned, layers } = push([zip, gtpack]);
    await using fetcher = fetcherWith();
    const { contentDigest } = await fetcher.fetchPackToCache(pinned);
    expect(await fetcher.fetchPackToCache(contentDigest)).toMatchObject({
      digest: layers[0]?.digest,
      mediaType: gtpack,
      cachePath: viewOf(dir.path, contentDigest, "pack.gtpack"),
      fetched: false,
    });
  });

  test("is returned with all its bytes", async () => {
    const { pinned } = push([zip, gtpack]);
    await using fetcher = fetcherWith();
    const { bytes, ...facts } = await fetcher.fetchPack(pinned);
    expect(Buffer.from(bytes)).toEqual(zip);
    expect(await fetcher.fetchPackToCache(pinned)).toEqual({ ...facts, fetched: false });
  });

  // Row 30.
  test("and whose manifest has another digest is refused", async () => {
    const { manifestDigest } = push([zip, octets]);
    await using broken = await startRegistry({
      wrap:
        (handler) =>
        ({ url }) =>
          handler(new Request(url.replace(nowhere, manifestDigest))),
    });
    pushLayers(broken, "acme/tools", [zip, octets]);
    await using fetcher = fetcherWith();
    const pinned = `${broken.host}/acme/tools@${nowhere}`;
    await expect(fetcher.fetchPackToCache(pinned)).rejects.toMatchObject({
      code: "DIGEST_MISMATCH",
      message: expect.stringContaining(`expected ${nowhere}, got ${manifestDigest}`),
    });
  });
});

test("a pack that the Rust tool laid out under its manifest's digest is taken over without being fetched", async () => {
  const { pinned, manifestDigest } = push([zip, gtpack]);
  const path = viewOf(dir.path, manifestDigest, "pack.gtpack");
  await mkdir(dirname(path));
  await writeFile(path, zip);
  await using fetcher = fetcherWith();
  const pack = await fetcher.fetchPackToCache(pinned);
  expect(pack).toMatchObject({ cachePath: path, mediaType: gtpack, shape: "zip", fetched: false });
  expect(registry.requests).toHaveLength(1);
  expect(blobRequests()).toEqual([]);
});

describe("a tag", () => {
  // Row 21.
  test("is refused without a request, unless tags are allowed", async () => {
    const { tagged } = push([zip, octets]);
    await using fetcher = fetcherWith();
    for (const reference of [tagged, `oci://${tagged}`, "repo://tools:1.0"]) {
      await expect(fetcher.fetchPackToCache(reference)).rejects.toMatchObject({
        code: "TAG_REFUSED",
        message: `digest pin required for \`${reference}\``,
        hint: expect.stringContaining("--allow-tags"),
      });
    }
    expect(registry.requests).toEqual([]);
  });

  // Row 23.
  test("is what its manifest says, where tags are allowed", async () => {
    const { tagged, manifestDigest } = push([zip, octets]);
    await using fetcher = fetcherWith({ allowTags: true });
    const pack = await fetcher.fetchPackToCache(tagged);
    expect(pack).toMatchObject({ digest: manifestDigest, fetched: true });
    expect(await readFile(pack.cachePath)).toEqual(zip);
    expect(blobRequests()).toHaveLength(1);
  });
});

// Row 22.
test("offline, a pack that is not cached is refused, and one that is cached is served", async () => {
  const { pinned } = push([zip, octets]);
  await using offline = fetcherWith({ offline: true });
  await expect(offline.fetchPackToCache(pinned)).rejects.toMatchObject({ code: "OFFLINE" });
  expect(registry.requests).toEqual([]);
  await using online = fetcherWith();
  await online.fetchPackToCache(pinned);
  expect(await offline.fetchPackToCache(pinned)).toMatchObject({ mediaType: octets, fetched: false });
});

// Row 31.
test("a text that is no reference is refused", async () => {
  await using fetcher = fetcherWith();
  await expect(fetcher.fetchPackToCache("not a ref")).rejects.toMatchObject({ code: "INVALID_REFERENCE" });
});

/** Media types of packs, best first (contract, section 6). */
const packTypes = [
  "application/vnd.greentic.pack+json",
  gtpack,
  "application/vnd.greentic.gtpack+zip",
  "application/vnd.greentic.pack+zip",
  "application/vnd.greentic.gtpack.layer.v1+tar",
  "application/vnd.greentic.zain-x.bundle.v1+tar+gzip",
  "application/vnd.oci.image.layer.v1.tar+gzip",
  octets,
  "application/json",
] as const;

describe("the layer that is the pack", () => {
  // Rows 25, 26, 27.
  test.each([
    ...packTypes,
    "application/vnd.greentic.demo.bundle.v1+zip",
    "application/vnd.greentic.demo.bundle.v1+tar",
    "application/vnd.greentic.desktop.layer.v1+tar+zstd",
    "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.oci.image.layer.v1.tar+zstd",
    "text/markdown",
    "application/x-anything",
  ])("may be of type %s when it is alone; the type is kept", async (mediaType) => {
    const { pinned } = push([zip, mediaType]);
    await using fetcher = fetcherWith();
    for (const fetched of [true, false]) {
      expect(await fetcher.fetchPackToCache(pinned)).toMatchObject({ mediaType, shape: "zip", fetched });
    }
  });

  // Rows 24, 29.
  test.each(packTypes.slice(1).map((worse, i) => [packTypes[i] ?? "", worse] as const))(
    "is rather of type %s than %s, whichever comes first",
    async (better, worse) => {
      await using fetcher = fetcherWith();
      for (const layers of [
        [["good", better] as const, ["bad", worse] as const],
        [["bad", worse] as const, ["good", better] as const],
      ]) {
        const { mediaType, bytes } = await fetcher.fetchPack(push(...layers).pinned);
        expect([mediaType, Buffer.from(bytes).toString()]).toEqual([better, "good"]);
      }
      expect(new Set(blobRequests()).size).toBe(1);
    },
  );

  test.each([...packTypes, "application/x-anything"])(
    "is of type %s rather than the README beside it",
    async (type) => {
      const { pinned } = push(["# Read me", "text/markdown", "README.md"], [zip, type, "tools.gtpack"]);
      await using fetcher = fetcherWith();
      expect(await fetcher.fetchPackToCache(pinned)).toMatchObject({ mediaType: type, shape: "zip" });
    },
  );

  test("is not guessed: equally good ones and unknown ones are listed", async () => {
    await using fetcher = fetcherWith();
    const readme = ["# Read me", "text/markdown"] as const;
    for (const types of [
      ["application/x-a", "application/x-b"],
      [gtpack, gtpack],
    ] as const) {
      const { pinned, layers } = push(["a", types[0]], ["b", types[1]], readme);
      const error: unknown = await fetcher.fetchPackToCache(pinned).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: "UNUSABLE_ARTIFACT" });
      for (const { digest } of layers.slice(0, 2)) {
        expect(error).toMatchObject({ message: expect.stringContaining(digest) });
      }
    }
    expect(blobRequests()).toEqual([]);
    expect(await viewFolders(dir.path)).toEqual([]);
  });

  // Row 28.
  test("may be of a type that the caller accepts, when there is none of a known type", async () => {
    await using fetcher = fetcherWith({ acceptedLayerMediaTypes: ["text/html", "text/plain"] });
    const html = await fetcher.fetchPackToCache(push(["p", "text/plain"], ["h", "text/html"]).pinned);
    expect(html.mediaType).toBe("text/html");
    const known = await fetcher.fetchPackToCache(push(["h", "text/html"], [zip, octets]).pinned);
    expect(known.mediaType).toBe(octets);
  });

  test("is of a type that the caller prefers, before all known types", async () => {
    const { pinned } = push([zip, gtpack], ["readme", "text/markdown"], ["html", "text/html"]);
    const options = { env: {}, cacheDir: dir.path };
    const html = await fetchPackToCache(pinned, { ...options, preferredLayerMediaTypes: ["text/html"] });
    expect(html.mediaType).toBe("text/html");
    const { bytes } = await fetchPack(pinned, { ...options, preferredLayerMediaTypes: ["text/markdown"] });
    expect(Buffer.from(bytes).toString()).toBe("readme");
    expect((await fetchPack(pinned, options)).shape).toBe("zip");
  });
});

describe("the shape of a pack", () => {
  const tar = Buffer.alloc(1024);
  tar.write("ustar", 257);
  test.each([
    ["zip", zip],
    ["tar", tar],
    ["gzip", Buffer.from([0x1f, 0x8b, 0x08, 0])],
    ["zstd", Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
    ["squashfs", Buffer.from("hsqs and so on")],
    ["json", Buffer.from('{"pack": true}')],
    ["component", smallComponent],
    ["unknown", Buffer.from("# Read me")],
    ["unknown", Buffer.alloc(0)],
  ])("is %s by its bytes, whatever its type is said to be", async (shape, bytes) => {
    const type = "application/vnd.greentic.demo.bundle.v1+tar+gzip";
    await using fetcher = fetcherWith();
    const pack = await fetcher.fetchPackToCache(push([bytes, type]).pinned);
    expect([pack.shape, pack.mediaType]).toEqual([shape, type]);
  });
});

test("a fetch stops when its signal is aborted", async () => {
  const { pinned } = push([zip, octets]);
  const signal = AbortSignal.abort();
  await expect(fetchPack(pinned, { env: {}, cacheDir: dir.path, signal })).rejects.toMatchObject({
    code: "ABORTED",
  });
});

test("packs have a cache of their own, which GREENTIC_PACK_CACHE_DIR names", async () => {
  const env = { GREENTIC_PACK_CACHE_DIR: dir.path, GREENTIC_DIST_CACHE_DIR: "/nowhere" };
  const { cachePath, manifestDigest = "" } = await fetchPackToCache(push([zip, octets]).pinned, { env });
  expect(basename(cachePath)).toBe("pack.gtpack");
  expect(cachePath).toBe(`${dir.path}/${manifestDigest.slice("sha256:".length)}/pack.gtpack`);
});
