import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DigestFetcher, type DistClientOptions } from "../../src/index.ts";
import { hexOf } from "../../src/core/index.ts";
import { bytesOf, smallComponent } from "../support/artifacts.ts";
import { digestOf, leftovers, readJsonFile, viewOf } from "../support/cache-files.ts";
import { flipByte, isBlob } from "../support/faults.ts";
import { pushLayers } from "../support/push-layers.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { type TempDir, tempDir } from "../support/temp-dir.ts";

const repository = "acme/components";
const now = 1_700_000_000_000;
const content = digestOf(smallComponent);

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

const fetcherWith = (options: DistClientOptions = {}): DigestFetcher =>
  new DigestFetcher({ env: {}, cacheDir: dir.path, now: () => now, ...options });
const requests = (): readonly string[] =>
  registry.requests.map(({ method, path, status }) => `${method} ${path.split("/").slice(-2)[0]} ${status}`);

describe("the digest of a blob", () => {
  test("is fetched, verified, and cached as blob.bin", async () => {
    registry.pushBlob(repository, smallComponent);
    const reference = `${registry.host}/${repository}@${content}`;
    await using fetcher = fetcherWith();
    expect(await fetcher.fetchByDigest(reference)).toEqual(smallComponent);
    expect(requests()).toEqual(["GET manifests 404", "GET blobs 200"]);
    const cachePath = viewOf(dir.path, content, "blob.bin");
    expect(new Uint8Array(await readFile(cachePath))).toEqual(smallComponent);
    expect(await readJsonFile(viewOf(dir.path, content, "metadata.json"))).toEqual({
      digest: content,
      size_bytes: smallComponent.length,
      media_type: "application/octet-stream",
      fetched_at_unix_seconds: now / 1000,
    });
    registry.clearLog();
    expect(await fetcher.ensureCached(`oci://${reference}`)).toEqual({
      reference: `oci://${reference}`,
      digest: content,
      contentDigest: content,
      manifestDigest: undefined,
      cachePath,
      fetched: false,
    });
    expect(registry.requests).toEqual([]);
  });

  test("is served from the cache offline and without a repository", async () => {
    registry.pushBlob(repository, smallComponent);
    const reference = `${registry.host}/${repository}@${content}`;
    await using offline = fetcherWith({ offline: true });
    await expect(offline.fetchByDigest(reference)).rejects.toMatchObject({ code: "OFFLINE" });
    await using online = fetcherWith();
    await online.ensureCached(reference);
    registry.clearLog();
    expect(await offline.fetchByDigest(reference)).toEqual(smallComponent);
    expect(await online.fetchByDigest(content)).toEqual(smallComponent);
    expect(registry.requests).toEqual([]);
  });

  // Row 54.
  test("is refused when other bytes come, and nothing is kept", async () => {
    await using broken = await startRegistry({ wrap: flipByte(isBlob, 7) });
    broken.pushBlob(repository, smallComponent);
    await using fetcher = fetcherWith();
    const reference = `${broken.host}/${repository}@${content}`;
    await expect(fetcher.fetchByDigest(reference)).rejects.toMatchObject({
      code: "DIGEST_MISMATCH",
      message: expect.stringContaining(`digest mismatch for \`${reference}\`: expected ${content}, got`),
    });
    expect(await leftovers(dir.path)).toEqual([]);
  });

  test("is fetched again when another program changed the file", async () => {
    registry.pushBlob(repository, smallComponent);
    await using fetcher = fetcherWith({ now: Date.now });
    const reference = `${registry.host}/${repository}@${content}`;
    const { cachePath } = await fetcher.ensureCached(reference);
    await writeFile(cachePath, "changed");
    expect(await fetcher.fetchByDigest(reference)).toEqual(smallComponent);
    expect(new Uint8Array(await readFile(cachePath))).toEqual(smallComponent);
  });

  test("is refused when it is larger than allowed", async () => {
    registry.pushBlob(repository, bytesOf(100, 1));
    await using fetcher = fetcherWith({ maxArtifactBytes: 99 });
    const reference = `${registry.host}/${repository}@${digestOf(bytesOf(100, 1))}`;
    await expect(fetcher.fetchByDigest(reference)).rejects.toMatchObject({ code: "SIZE_MISMATCH" });
  });
});

test("the digest of a manifest means its component", async () => {
  const { pinned, manifestDigest } = pushLayers(
    registry,
    repository,
    ["# Read me", "text/markdown", "README.md"],
    [smallComponent, "application/wasm"],
  );
  await using fetcher = fetcherWith();
  expect(await fetcher.fetchByDigest(pinned)).toEqual(smallComponent);
  expect(requests()).toEqual(["GET manifests 200", "GET blobs 200"]);
  registry.clearLog();
  expect(await fetcher.ensureCached(pinned)).toMatchObject({
    digest: manifestDigest,
    contentDigest: content,
    cachePath: viewOf(dir.path, manifestDigest, "blob.bin"),
    fetched: false,
  });
  await using offline = fetcherWith({ offline: true });
  for (const reference of [pinned, `${registry.host}/${repository}@${content}`, content, manifestDigest]) {
    expect(await offline.fetchByDigest(reference)).toEqual(smallComponent);
  }
  expect(registry.requests).toEqual([]);
  expect(await readJsonFile(viewOf(dir.path, manifestDigest, "metadata.json"))).toEqual({
    digest: content,
    size_bytes: smallComponent.length,
    media_type: "application/wasm",
    fetched_at_unix_seconds: now / 1000,
  });
});

// Row 53.
test("a bare digest that is not cached lacks a repository", async () => {
  await using fetcher = fetcherWith();
  await expect(fetcher.fetchByDigest(content)).rejects.toMatchObject({
    code: "INVALID_INPUT",
    message: `digest \`${content}\` lacks repository context; pass an OCI digest ref`,
  });
});

// Row 55.
test("a digest that the repository does not have is not found", async () => {
  registry.pushBlob("acme/other", smallComponent);
  await using fetcher = fetcherWith();
  await expect(fetcher.fetchByDigest(`${registry.host}/${repository}@${content}`)).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: expect.stringContaining("BLOB_UNKNOWN"),
  });
});

test("what names no digest is refused without a request", async () => {
  await using fetcher = fetcherWith();
  for (const [reference, code] of [
    [`${registry.host}/${repository}:1.0`, "TAG_REFUSED"],
    [`${registry.url}/${repository}@${content}`, "INVALID_INPUT"],
    [`file:///tmp/x@${content}`, "INVALID_INPUT"],
    ["sha256:abc", "INVALID_REFERENCE"],
    ["not a ref", "INVALID_REFERENCE"],
  ] as const) {
    await expect(fetcher.ensureCached(reference)).rejects.toMatchObject({ code });
  }
  expect(registry.requests).toEqual([]);
});

test("blobs lie in a cache of their own, below the one of components", async () => {
  registry.pushBlob(repository, smallComponent);
  await using fetcher = new DigestFetcher({ env: { GREENTIC_DIST_CACHE_DIR: dir.path } });
  const { cachePath } = await fetcher.ensureCached(`${registry.host}/${repository}@${content}`);
  expect(cachePath).toBe(join(dir.path, "digests", hexOf(content), "blob.bin"));
});
