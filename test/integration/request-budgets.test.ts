import { expect, test } from "vitest";
import { isDistError } from "../../src/index.ts";
import { mediaTypes, type Platform } from "../../src/core/index.ts";
import { bytesOf, pushComponent, pushIndex, smallComponent } from "../support/artifacts.ts";
import { filesBelow, viewOf } from "../support/cache-files.ts";
import { openClient } from "../support/client.ts";
import { isManifest, statusScript } from "../support/faults.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp-dir.ts";

const repository = "acme/hello";

test("resolving a tag is one GET of its manifest, and of nothing else", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const pushed = pushHello(registry);
  const resolved = await cache.client.resolveRef(pushed.reference);
  expect(resolved).toEqual({ reference: pushed.reference, digest: pushed.manifestDigest });
  expect(requests(registry)).toEqual(["GET manifests/1.0 200"]);
  expect(await cache.client.listCache()).toEqual([]);
});

test("resolving a tag again is one HEAD, whose answer has no body", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const { reference, manifestDigest } = pushHello(registry);
  await cache.client.resolveRef(reference);
  registry.clearLog();
  expect((await cache.client.resolveRef(reference)).digest).toBe(manifestDigest);
  expect(requests(registry)).toEqual(["HEAD manifests/1.0 200"]);
  expect(registry.requests[0]?.bytesSent).toBe(0);
});

test("pulling a tag never seen is one GET of the manifest and one of the blob, without a ping", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const { reference, manifestDigest, contentDigest } = pushHello(registry);
  expect(await cache.client.ensureCached(reference)).toEqual({
    reference,
    digest: manifestDigest,
    contentDigest,
    manifestDigest,
    cachePath: viewOf(dir.path, manifestDigest, "component.wasm"),
    fetched: true,
  });
  expect(requests(registry)).toEqual(["GET manifests/1.0 200", `GET blobs/${contentDigest} 200`]);
  expect(registry.connections).toBe(1);
});

test("pulling an unchanged tag again is one HEAD, and downloads nothing", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  const { reference } = pushHello(registry);
  await using first = openClient(dir.path);
  await first.client.ensureCached(reference);
  registry.clearLog();
  await using second = openClient(dir.path);
  expect((await second.client.ensureCached(reference)).fetched).toBe(false);
  expect(requests(registry)).toEqual(["HEAD manifests/1.0 200"]);
});

test("pulling what was only resolved before is one HEAD and one GET of the blob", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const { reference, contentDigest } = pushHello(registry);
  await cache.client.resolveRef(reference);
  registry.clearLog();
  expect((await cache.client.ensureCached(reference)).fetched).toBe(true);
  expect(requests(registry)).toEqual(["HEAD manifests/1.0 200", `GET blobs/${contentDigest} 200`]);
});

test("pulling by a digest that is cached makes no request, whichever digest it is", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const { reference, manifestDigest, contentDigest } = pushHello(registry);
  const { cachePath } = await cache.client.ensureCached(reference);
  registry.clearLog();
  const pinned = `oci://${registry.host}/${repository}@${manifestDigest}`;
  const known = { contentDigest, fetched: false };
  expect(await cache.client.ensureCached(pinned)).toMatchObject({ ...known, cachePath });
  expect(await cache.client.ensureCached(manifestDigest)).toMatchObject({
    ...known,
    cachePath,
    digest: manifestDigest,
  });
  expect(await cache.client.fetchDigest(contentDigest)).toMatchObject({
    ...known,
    cachePath: viewOf(dir.path, contentDigest, "component.wasm"),
    digest: contentDigest,
    manifestDigest: undefined,
  });
  expect((await cache.client.resolveRef(pinned)).digest).toBe(manifestDigest);
  expect((await cache.client.resolveRef(contentDigest)).digest).toBe(contentDigest);
  expect(registry.connections).toBe(0);
});

test("pulling a tag that moved costs a HEAD and a GET, and a blob only when that is new", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const { reference } = pushHello(registry);
  await cache.client.ensureCached(reference);
  const annotated = pushComponent(registry, {
    repository,
    tag: "1.0",
    wasm: smallComponent,
    annotations: { version: "2" },
  });
  registry.clearLog();
  expect(await cache.client.ensureCached(reference)).toMatchObject({
    digest: annotated.manifestDigest,
    fetched: false,
  });
  expect(requests(registry)).toEqual(["HEAD manifests/1.0 200", "GET manifests/1.0 200"]);
  const other = pushComponent(registry, { repository, tag: "1.0", wasm: bytesOf(3000, "other") });
  registry.clearLog();
  expect(await cache.client.ensureCached(reference)).toMatchObject({
    digest: other.manifestDigest,
    contentDigest: other.contentDigest,
    fetched: true,
  });
  expect(requests(registry)).toEqual([
    "HEAD manifests/1.0 200",
    "GET manifests/1.0 200",
    `GET blobs/${other.contentDigest} 200`,
  ]);
});

test("a registry that does not offer HEAD is asked with GET", async () => {
  for (const status of [405, 501]) {
    await using registry = await startRegistry({
      wrap: statusScript([{ match: ({ method }) => method === "HEAD", status }]),
    });
    await using dir = await tempDir();
    await using cache = openClient(dir.path);
    const { reference, manifestDigest } = pushHello(registry);
    await cache.client.ensureCached(reference);
    registry.clearLog();
    expect(await cache.client.ensureCached(reference)).toMatchObject({
      digest: manifestDigest,
      fetched: false,
    });
    expect(requests(registry)).toEqual([`HEAD manifests/1.0 ${status}`, "GET manifests/1.0 200"]);
  }
});

test("a tag that is not there fails in the registry's own words", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  pushHello(registry);
  const missing = `oci://${registry.host}/${repository}:2.0`;
  const unknown = {
    code: "NOT_FOUND",
    message: expect.stringContaining("MANIFEST_UNKNOWN: manifest unknown"),
  };
  await expect(cache.client.ensureCached(missing)).rejects.toMatchObject(unknown);
});

test("a known tag that the registry has deleted is NOT_FOUND, by the GET that follows the HEAD", async () => {
  let deleted = false;
  await using registry = await startRegistry({
    wrap: (handler) => (request) =>
      handler(deleted ? new Request(request.url.replace("/1.0", "/gone"), request) : request),
  });
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const { reference } = pushHello(registry);
  await cache.client.ensureCached(reference);
  deleted = true;
  registry.clearLog();
  await expect(cache.client.ensureCached(reference)).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: expect.stringContaining("MANIFEST_UNKNOWN: manifest unknown"),
  });
  expect(requests(registry)).toEqual(["HEAD manifests/1.0 404", "GET manifests/1.0 404"]);
});

test("offline, a tag fetched before is served with a notice, and no connection is made", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  const { reference, manifestDigest } = pushHello(registry);
  await using online = openClient(dir.path, { now: () => Date.UTC(2026, 0, 2, 3, 4, 5) });
  const { cachePath } = await online.client.ensureCached(reference);
  registry.clearLog();
  await using offline = openClient(dir.path, { offline: true });
  expect(await offline.client.ensureCached(reference)).toMatchObject({ digest: manifestDigest, cachePath });
  expect(offline.warnings()).toEqual(["SERVED_OFFLINE"]);
  expect(offline.warned()[0]).toContain("2026-01-02T03:04:05.000Z");
  expect((await offline.client.resolveRef(reference)).digest).toBe(manifestDigest);
  expect(registry.connections).toBe(0);
});

test("offline, what was never fetched is OFFLINE; a digest that is not cached is NOT_CACHED, online too", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  const root = `${dir.path}/cache`;
  const { reference, manifestDigest } = pushHello(registry);
  await using offline = openClient(root, { offline: true });
  await using online = openClient(root);
  const pinned = `oci://${registry.host}/${repository}@${manifestDigest}`;
  for (const asked of [reference, pinned, "https://127.0.0.1:1/x.wasm", "ghcr.io/acme/x:1"]) {
    for (const verb of ["ensureCached", "resolveRef"] as const) {
      await expect(offline.client[verb](asked)).rejects.toMatchObject({
        code: "OFFLINE",
        message: `offline mode forbids fetching \`${asked}\``,
      });
    }
  }
  for (const { client } of [offline, online]) {
    for (const verb of ["ensureCached", "resolveRef", "openCached", "fetchDigest"] as const) {
      await expect(client[verb](manifestDigest)).rejects.toMatchObject({
        code: "NOT_CACHED",
        message: `reference \`${manifestDigest}\` is not cached`,
      });
    }
  }
  expect(registry.connections).toBe(0);
  expect(await filesBelow(root)).toEqual([]);
});

test("offline, a manifest that is held without its blob is OFFLINE, and nothing is made for it", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  const { reference, manifestDigest } = pushHello(registry);
  await using online = openClient(dir.path);
  await online.client.resolveRef(reference);
  const before = await filesBelow(dir.path);
  await using offline = openClient(dir.path, { offline: true });
  expect((await offline.client.resolveRef(reference)).digest).toBe(manifestDigest);
  await expect(offline.client.ensureCached(reference)).rejects.toMatchObject({ code: "OFFLINE" });
  await expect(offline.client.ensureCached(manifestDigest)).rejects.toMatchObject({ code: "NOT_CACHED" });
  expect((await filesBelow(dir.path)).filter((path) => !path.includes("/used/"))).toEqual(
    before.filter((path) => !path.includes("/used/")),
  );
});

test("an index is walked for the platform; what it resolves to is itself, and the path is the manifest's", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const linux = pushVariant(registry, "linux");
  const wasm = pushVariant(registry, "wasm");
  const index = pushIndex(registry, {
    repository,
    tag: "1.0",
    manifests: [
      { descriptor: linux.descriptor, platform: platform("plan9", "sparc") },
      { descriptor: wasm.descriptor, platform: platform("wasip2", "wasm") },
    ],
  });
  expect((await cache.client.resolveRef(index.reference)).digest).toBe(index.digest);
  expect(requests(registry)).toEqual(["GET manifests/1.0 200"]);
  expect(await cache.client.ensureCached(index.reference)).toEqual({
    reference: index.reference,
    digest: index.digest,
    contentDigest: wasm.contentDigest,
    manifestDigest: wasm.manifestDigest,
    cachePath: viewOf(dir.path, wasm.manifestDigest, "component.wasm"),
    fetched: true,
  });
  registry.clearLog();
  expect((await cache.client.ensureCached(index.reference)).fetched).toBe(false);
  expect(requests(registry)).toEqual(["HEAD manifests/1.0 200"]);
  expect((await cache.client.listCache()).map(({ digest }) => digest)).toEqual([wasm.manifestDigest]);
});

test("a digest of an index in the cache is walked again, for the platform that is asked for", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  const one = pushVariant(registry, "one");
  const other = pushVariant(registry, "other");
  const index = pushIndex(registry, {
    repository,
    manifests: [
      { descriptor: one.descriptor, platform: platform("wasip2", "wasm") },
      { descriptor: other.descriptor, platform: platform("linux", "arm64", "v8") },
    ],
  });
  await using online = openClient(dir.path, { platform: "linux/arm64" });
  expect((await online.client.ensureCached(index.reference)).contentDigest).toBe(other.contentDigest);
  registry.clearLog();
  for (const offline of [false, true]) {
    await using arm = openClient(dir.path, { offline, platform: "linux/arm64/v8" });
    expect(await arm.client.ensureCached(index.digest)).toMatchObject({
      digest: index.digest,
      manifestDigest: other.manifestDigest,
      fetched: false,
    });
    expect((await arm.client.ensureCached(other.manifestDigest)).contentDigest).toBe(other.contentDigest);
    await using wasm = openClient(dir.path, { offline });
    await expect(wasm.client.ensureCached(index.digest)).rejects.toMatchObject({ code: "NOT_CACHED" });
  }
  expect(registry.connections).toBe(0);
  await using wasm = openClient(dir.path);
  expect((await wasm.client.ensureCached(index.reference)).contentDigest).toBe(one.contentDigest);
  expect(requests(registry)).toEqual([
    `GET manifests/${one.manifestDigest} 200`,
    `GET blobs/${one.contentDigest} 200`,
  ]);
});

test("indexes are followed four deep and no deeper, and the only entry is taken whatever it is for", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const { descriptor, contentDigest } = pushVariant(registry, "deep");
  let entry = descriptor;
  const indexes = [1, 2, 3, 4, 5].map((depth) => {
    const manifests = [{ descriptor: entry, platform: platform("plan9", `depth${depth}`) }];
    const index = pushIndex(registry, {
      repository,
      manifests,
      mediaType: depth % 2 === 0 ? mediaTypes.ociIndex : mediaTypes.dockerList,
    });
    entry = index.descriptor;
    return index;
  });
  const [, , , fourth, fifth] = indexes;
  expect(await cache.client.ensureCached(fourth!.reference)).toMatchObject({
    digest: fourth!.digest,
    contentDigest,
  });
  await expect(cache.client.ensureCached(fifth!.reference)).rejects.toMatchObject({
    code: "UNUSABLE_ARTIFACT",
    message: expect.stringContaining("nested more than 4 deep"),
  });
});

test("an index with nothing for the platform fails with what it lists", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path, { platform: "wasip1/wasm" });
  const index = pushIndex(registry, {
    repository,
    tag: "1.0",
    manifests: ["arm64", "s390x"].map((architecture) => ({
      descriptor: pushVariant(registry, architecture).descriptor,
      platform: platform("linux", architecture),
    })),
  });
  const failure = await cache.client.ensureCached(index.reference).catch((error: unknown) => error);
  expect(isDistError(failure, "UNUSABLE_ARTIFACT")).toBe(true);
  expect(failure).toMatchObject({
    message: expect.stringContaining("it lists linux/arm64, linux/s390x"),
    details: { candidates: ["linux/arm64", "linux/s390x"] },
  });
});

test("pulls that run at once ask for the manifest and the blob no more often than each alone", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const references = ["a", "b", "c", "d"].map(
    (tag) => pushComponent(registry, { repository, tag, wasm: bytesOf(50_000, tag) }).reference,
  );
  await Promise.all(references.map((reference) => cache.client.ensureCached(reference)));
  expect(registry.requests.filter(isManifest)).toHaveLength(4);
  expect(registry.requests).toHaveLength(8);
});

function pushHello(registry: Registry) {
  return pushComponent(registry, { repository, tag: "1.0", wasm: smallComponent });
}

function pushVariant(registry: Registry, seed: string) {
  return pushComponent(registry, { repository, wasm: bytesOf(2000, seed) });
}

function platform(os: string, architecture: string, variant?: string): Platform {
  return { os, architecture, variant };
}

/** What was asked for, without the repository. */
function requests({ requests: log }: Registry): readonly string[] {
  return log.map(
    ({ method, path, status }) => `${method} ${path.replace(`/v2/${repository}/`, "")} ${status}`,
  );
}
