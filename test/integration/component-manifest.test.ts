import { readdir, readFile } from "node:fs/promises";
import { blake3 } from "@noble/hashes/blake3.js";
import { expect, test } from "vitest";
import { mediaTypes } from "../../src/core/index.ts";
import { bytesOf, pushComponent, smallComponent } from "../support/artifacts.ts";
import { leftovers, readJsonFile, viewOf } from "../support/cache-files.ts";
import { openClient } from "../support/client.ts";
import { isBlob } from "../support/faults.ts";
import { type PushedDescriptor, type Registry, startRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp-dir.ts";

const repository = "acme/hello";
const manifestType = "application/vnd.greentic.component.manifest.v1+json";
const right = `blake3:${Buffer.from(blake3(smallComponent)).toString("hex")}`;
const stale = `blake3:${"c8".repeat(32)}`;

const hostileNames = [
  "target/wasm32-wasip2/release/x.wasm",
  "../x.wasm",
  "/etc/x.wasm",
  "a\\b.wasm",
  "C:x.wasm",
  ".",
  "..",
  "",
  "metadata.json",
  "component.wasm",
  "component.manifest.json",
  "a\u0000b.wasm",
  "a\nb.wasm",
  "a\u009bb.wasm",
  "x".repeat(201),
  "ü".repeat(101),
  "x".repeat(300),
  "Component.WASM",
  "lone\ud800.wasm",
];

test("a component_wasm that is no bare file name of its own is ignored with a warning; strict refuses it", async () => {
  await using registry = await startRegistry();
  for (const name of hostileNames) {
    await using dir = await tempDir();
    await using cache = openClient(dir.path);
    const { reference, manifestDigest } = pushComponent(registry, {
      repository,
      wasm: smallComponent,
      componentManifest: { artifacts: { component_wasm: name } },
    });
    await using strict = openClient(dir.path, { strict: true });
    await expect(strict.client.ensureCached(reference)).rejects.toMatchObject({ code: "UNUSABLE_ARTIFACT" });
    expect(await leftovers(dir.path)).toEqual([]);
    await cache.client.ensureCached(reference);
    expect(cache.warnings()).toEqual(["COMPONENT_NAME_IGNORED"]);
    // oxlint-disable-next-line no-control-regex
    expect(cache.warned()[0]).not.toMatch(/[\u0000-\u001f\u0080-\u009f]/);
    expect((await readdir(viewOf(dir.path, manifestDigest))).toSorted()).toEqual([
      "component.manifest.json",
      "component.wasm",
      "metadata.json",
    ]);
    expect(await readJsonFile(viewOf(dir.path, manifestDigest, "metadata.json"))).toMatchObject({
      manifest_wasm_name: null,
    });
  }
});

test("a manifest as publishers leave it, with a build path and a stale hash, pulls with warnings that name both hashes", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const { reference, manifestDigest } = pushComponent(registry, {
    repository,
    wasm: smallComponent,
    componentManifest: {
      artifacts: { component_wasm: "target/wasm32-wasip2/release/component_echo.wasm" },
      hashes: { component_wasm: stale },
      id: "ai.greentic.component-echo",
      operations: [{ name: "messaging.send" }],
    },
  });
  expect((await cache.client.ensureCached(reference)).digest).toBe(manifestDigest);
  expect(cache.warnings().toSorted()).toEqual(["COMPONENT_HASH_STALE", "COMPONENT_NAME_IGNORED"]);
  const message = cache.warned().find((text) => text.includes("stale"));
  expect(message).toContain(stale);
  expect(message).toContain(right);
});

test("strict refuses a stale hash with DIGEST_MISMATCH, also when the artifact is in the cache already", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  const { reference, manifestDigest } = pushComponent(registry, {
    repository,
    wasm: smallComponent,
    componentManifest: { hashes: { component_wasm: stale } },
  });
  await using strict = openClient(dir.path, { strict: true });
  const refusal = { code: "DIGEST_MISMATCH", details: { expected: stale, actual: right } };
  await expect(strict.client.ensureCached(reference)).rejects.toMatchObject(refusal);
  expect(await leftovers(dir.path)).toEqual([]);
  await using lenient = openClient(dir.path);
  await lenient.client.ensureCached(reference);
  for (const asked of [reference, manifestDigest]) {
    await expect(strict.client.ensureCached(asked)).rejects.toMatchObject(refusal);
  }
});

test("a hash that fits is no warning, whatever its case, and strict takes it", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path, { strict: true });
  for (const hash of [right, right.toUpperCase()]) {
    const { reference } = pushComponent(registry, {
      repository,
      wasm: smallComponent,
      componentManifest: { artifacts: { component_wasm: "a.wasm" }, hashes: { component_wasm: hash } },
    });
    await cache.client.ensureCached(reference);
    expect(await cache.client.ensureCached(reference)).toMatchObject({ fetched: false });
  }
  expect(cache.warnings()).toEqual([]);
});

test("a component manifest that is no JSON object, or far too large, is kept and not read", async () => {
  await using registry = await startRegistry();
  const large = Buffer.alloc(4_194_305, " ");
  large.write('{"artifacts":{"component_wasm":"hello.wasm"}}');
  for (const bytes of [Buffer.from("[]"), Buffer.from("\u00ff\u00fe"), large]) {
    await using dir = await tempDir();
    await using cache = openClient(dir.path);
    const component = registry.pushBlob(repository, smallComponent, mediaTypes.wasm);
    const companion = registry.pushBlob(repository, bytes, manifestType);
    const { reference, digest } = pushLayers(registry, [component, companion]);
    await cache.client.ensureCached(reference);
    expect(cache.warnings()).toEqual(["COMPONENT_MANIFEST_UNREADABLE"]);
    const kept = await readFile(viewOf(dir.path, digest, "component.manifest.json"));
    expect(kept.equals(bytes)).toBe(true);
  }
});

test("fields of the wrong type in a component manifest count as not there", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path, { strict: true });
  for (const componentManifest of [
    { artifacts: null, hashes: [] },
    { artifacts: { component_wasm: 1 }, hashes: { component_wasm: {} } },
    { artifacts: "x", hashes: 1 },
    JSON.parse('{"__proto__": {"artifacts": {"component_wasm": "evil.wasm"}}}') as object,
  ]) {
    const { reference, manifestDigest } = pushComponent(registry, {
      repository,
      wasm: smallComponent,
      componentManifest,
    });
    await cache.client.ensureCached(reference);
    expect(await readdir(viewOf(dir.path, manifestDigest))).toHaveLength(3);
  }
});

test("an artifact that is a component manifest alone is shown as component.manifest.json", async () => {
  await using registry = await startRegistry();
  for (const mediaType of ["application/vnd.greentic.component.manifest+json", manifestType]) {
    await using dir = await tempDir();
    await using cache = openClient(dir.path);
    const bytes = Buffer.from(JSON.stringify({ id: mediaType }));
    const layer = registry.pushBlob(repository, bytes, mediaType);
    const { reference, digest } = pushLayers(registry, [layer]);
    const expected = {
      cachePath: viewOf(dir.path, digest, "component.manifest.json"),
      contentDigest: layer.digest,
    };
    expect(await cache.client.ensureCached(reference)).toMatchObject({ ...expected, fetched: true });
    expect(await cache.client.ensureCached(reference)).toMatchObject({ ...expected, fetched: false });
    expect(await cache.client.ensureCached(layer.digest)).toMatchObject({
      cachePath: viewOf(dir.path, layer.digest, "component.manifest.json"),
      fetched: false,
    });
    expect((await readdir(viewOf(dir.path, digest))).toSorted()).toEqual([
      "component.manifest.json",
      "metadata.json",
    ]);
    expect(await cache.client.listCache()).toHaveLength(1);
  }
});

const componentTypes = [
  "application/vnd.wasm.component.v1+wasm",
  "application/vnd.module.wasm.content.layer.v1+wasm",
  "application/vnd.greentic.wasm.component",
  "application/wasm",
  "application/wasm+component",
  "application/vnd.wasm.content.layer.v1+wasm",
  "application/vnd.bytecodealliance.wasm.component.layer.v0+wasm",
];

test("a layer of any media type for components is preferred to those after it, and reported as declared", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const titled = titledLayer(registry, "titled.wasm", "text/plain");
  const octets = registry.pushBlob(repository, bytesOf(64, "octets"));
  const readme = registry.pushBlob(repository, Buffer.from("# Read me"), mediaTypes.markdown);
  const ranked = [
    ...componentTypes.map((type) => registry.pushBlob(repository, bytesOf(64, type), type)),
    titled,
  ];
  for (const [i, layer] of ranked.entries()) {
    const others = ranked.slice(i + 1).toReversed();
    const { reference, digest } = pushLayers(registry, [readme, octets, ...others, layer]);
    const pulled = await cache.client.ensureCached(reference);
    expect(pulled.contentDigest).toBe(layer.digest);
    expect(await readJsonFile(viewOf(dir.path, digest, "metadata.json"))).toMatchObject({
      media_type: layer.mediaType,
    });
  }
  const last = pushLayers(registry, [readme, octets]);
  expect((await cache.client.ensureCached(last.reference)).contentDigest).toBe(octets.digest);
  const only = pushLayers(registry, [
    registry.pushBlob(repository, bytesOf(9, "tar"), "application/x-tar"),
    readme,
  ]);
  expect((await cache.client.ensureCached(only.reference)).contentDigest).toMatch(/^sha256:/);
  const blobs = new Set(registry.requests.filter(isBlob).map(({ path }) => path));
  expect([...blobs].some((path) => path.endsWith(readme.digest))).toBe(false);
  expect(registry.requests.filter(isBlob)).toHaveLength(blobs.size);
});

test("a README is an artifact only where there is nothing else", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const readme = registry.pushBlob(repository, Buffer.from("# Read me"), mediaTypes.markdown);
  const { reference } = pushLayers(registry, [readme]);
  expect((await cache.client.ensureCached(reference)).contentDigest).toBe(readme.digest);
  for (const layers of [
    [],
    [readme, titledLayer(registry, "a.tar", "x/y"), titledLayer(registry, "b.tar", "x/y")],
  ]) {
    await expect(cache.client.ensureCached(pushLayers(registry, layers).reference)).rejects.toMatchObject({
      code: "UNUSABLE_ARTIFACT",
    });
  }
});

test("several equally good layers are an error that lists them, unless the component manifest names one by title", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const a = titledLayer(registry, "a.wasm", mediaTypes.wasm);
  const b = titledLayer(registry, "b.wasm", mediaTypes.wasm);
  const naming = (component_wasm: string): PushedDescriptor =>
    registry.pushBlob(
      repository,
      Buffer.from(JSON.stringify({ artifacts: { component_wasm } })),
      manifestType,
    );
  for (const layers of [
    [a, b],
    [a, b, naming("c.wasm")],
    [a, b, { ...naming("b.wasm"), mediaType: "text/plain" }],
    [a, { ...b, annotations: a.annotations }, naming("a.wasm")],
  ]) {
    const { reference } = pushLayers(registry, layers);
    await expect(cache.client.ensureCached(reference)).rejects.toMatchObject({
      code: "UNUSABLE_ARTIFACT",
      message: expect.stringMatching(new RegExp(`2 equally good layers: .*${a.digest}.*${b.digest}`)),
      details: { candidates: [expect.stringContaining(a.digest), expect.stringContaining(b.digest)] },
    });
  }
  expect(await leftovers(dir.path)).toEqual([]);
  registry.clearLog();
  const { reference, digest } = pushLayers(registry, [a, b, naming("b.wasm")]);
  expect((await cache.client.ensureCached(reference)).contentDigest).toBe(b.digest);
  expect(await readdir(viewOf(dir.path, digest))).toContain("b.wasm");
  expect(registry.requests.some(({ path }) => path.endsWith(a.digest))).toBe(false);
  registry.clearLog();
  expect(await cache.client.ensureCached(reference)).toMatchObject({
    contentDigest: b.digest,
    fetched: false,
  });
  expect(registry.connections).toBe(0);
});

test("the same layer listed twice is one layer", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const layer = registry.pushBlob(repository, smallComponent, mediaTypes.wasm);
  const { reference } = pushLayers(registry, [layer, layer]);
  expect((await cache.client.ensureCached(reference)).contentDigest).toBe(layer.digest);
});

function titledLayer(registry: Registry, title: string, mediaType: string) {
  const layer = registry.pushBlob(repository, bytesOf(64, title), mediaType);
  return { ...layer, annotations: { "org.opencontainers.image.title": title } };
}

function pushLayers(registry: Registry, layers: readonly PushedDescriptor[]) {
  const { digest } = registry.pushManifest(repository, undefined, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: registry.pushBlob(repository, Buffer.from("{}"), mediaTypes.ociEmpty),
    layers,
  });
  return { digest, reference: `oci://${registry.host}/${repository}@${digest}` };
}
