import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hexOf } from "../../src/core/index.ts";
import { bytesOf, pushComponent, pushIndex, smallComponent } from "../support/artifacts.ts";
import { digestOf, viewOf } from "../support/cache-files.ts";
import { openClient } from "../support/client.ts";
import { startServer } from "../support/http-server.ts";
import { startRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp-dir.ts";

const repository = "acme/hello";
const componentManifest = { artifacts: { component_wasm: "hello.wasm" } };
const wasm = { kind: "component", imports: [], exports: [{ name: "greet", kind: "func" }] };
const emptyModule = Buffer.from("0061736d01000000", "hex");

test("an artifact of a registry is cached, and everything about it is told", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const annotations = { "org.opencontainers.image.title": "Hello", camelCase: "\u001b[0m" };
  const pushed = pushComponent(registry, {
    repository,
    tag: "1.0",
    wasm: smallComponent,
    title: "hello.wasm",
    componentManifest,
    annotations,
  });
  const facts = await cache.client.inspect(pushed.reference);
  const companion = Buffer.from(JSON.stringify(componentManifest));
  expect(facts).toEqual({
    reference: pushed.reference,
    kind: "oci",
    digest: pushed.manifestDigest,
    contentDigest: pushed.contentDigest,
    manifestDigest: pushed.manifestDigest,
    mediaType: "application/vnd.wasm.component.v1+wasm",
    shape: "component",
    sizeBytes: smallComponent.length,
    cacheDir: join(dir.path, hexOf(pushed.manifestDigest)),
    componentWasm: true,
    componentManifest: true,
    manifestComponentWasm: "hello.wasm",
    manifestComponentWasmExists: true,
    manifestComponentWasmMismatch: false,
    wasm,
    layers: [
      {
        mediaType: "application/vnd.wasm.component.v1+wasm",
        title: "hello.wasm",
        digest: pushed.contentDigest,
        sizeBytes: smallComponent.length,
      },
      {
        mediaType: "application/vnd.greentic.component.manifest.v1+json",
        title: "component.manifest.json",
        digest: digestOf(companion),
        sizeBytes: companion.length,
      },
    ],
    annotations: new Map(Object.entries(annotations)),
  });
  await using offline = openClient(dir.path, { offline: true });
  expect(await offline.client.inspect(pushed.reference)).toEqual(facts);
});

test("references of every kind are inspected", async () => {
  await using registry = await startRegistry();
  const headers = { "content-type": "application/wasm", "content-length": `${smallComponent.length}` };
  await using server = await startServer(() => Promise.resolve(new Response(smallComponent, { headers })));
  await using dir = await tempDir();
  const files = join(dir.path, "files");
  await mkdir(files);
  await writeFile(join(files, "hello.wasm"), smallComponent);
  await using cache = openClient(join(dir.path, "cache"), {
    env: { GREENTIC_FIXTURE_DIR: files, GREENTIC_REPO_REGISTRY_BASE: `${registry.host}/acme` },
    allowInsecureLocalHttp: true,
  });
  const { descriptor, manifestDigest, contentDigest, reference } = pushComponent(registry, {
    repository,
    tag: "1.0",
    wasm: smallComponent,
  });
  const index = pushIndex(registry, { repository, tag: "all", manifests: [{ descriptor }] });
  const cases = [
    [reference, "oci", manifestDigest],
    [index.reference, "oci", index.digest],
    ["repo://hello:1.0", "mapped", manifestDigest],
    [join(files, "hello.wasm"), "file", contentDigest],
    [`file://${files}/hello.wasm`, "file", contentDigest],
    ["fixture://hello", "fixture", contentDigest],
    [`http://${server.host}/hello.wasm`, "https", contentDigest],
    [manifestDigest, "digest", manifestDigest],
    [contentDigest, "digest", contentDigest],
  ] as const;
  for (const [text, kind, digest] of cases) {
    expect(await cache.client.inspect(text)).toMatchObject({
      reference: text,
      kind,
      digest,
      contentDigest,
      shape: "component",
      wasm,
    });
  }
});

test("the manifest of an index's entry is the one that is told of", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const { descriptor, manifestDigest } = pushComponent(registry, { repository, wasm: emptyModule });
  const index = pushIndex(registry, { repository, tag: "all", manifests: [{ descriptor }] });
  expect(await cache.client.inspect(index.reference)).toMatchObject({
    digest: index.digest,
    manifestDigest,
    layers: [{ digest: digestOf(emptyModule) }],
    shape: "module",
    wasm: { kind: "module", imports: [], exports: [] },
  });
});

test("a file name that the folder does not have is a mismatch, and a path is not looked for", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  await writeFile(join(dir.path, "x.wasm"), "outside");
  for (const name of ["../x.wasm", "target/release/x.wasm", "component.wasm", "."]) {
    const pushed = pushComponent(registry, {
      repository,
      wasm: bytesOf(100, name),
      componentManifest: { artifacts: { component_wasm: name } },
    });
    expect(await cache.client.inspect(pushed.reference)).toMatchObject({
      componentWasm: true,
      manifestComponentWasm: name,
      manifestComponentWasmExists: false,
      manifestComponentWasmMismatch: true,
    });
  }
});

test("an artifact that is a component manifest alone has no component", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const pushed = pushComponent(registry, {
    repository,
    wasm: Buffer.from('{"name":"hello"}'),
    layerMediaType: "application/vnd.greentic.component.manifest.v1+json",
  });
  expect(await cache.client.inspect(pushed.reference)).toMatchObject({
    shape: "json",
    componentWasm: false,
    componentManifest: true,
    manifestComponentWasm: undefined,
    wasm: undefined,
  });
  expect(cache.warnings()).toEqual([]);
});

test("WebAssembly that cannot be read is told of with a warning, which --strict makes an error", async () => {
  await using dir = await tempDir();
  await using cache = openClient(join(dir.path, "cache"));
  await using strict = openClient(join(dir.path, "cache"), { strict: true });
  const file = join(dir.path, "hostile.wasm");
  const hostile = [
    "0061736d0d000100 0aff",
    "0061736d0d000100 0a05ffffffff0f",
    "0061736d01000000 0780808080 10",
    "0061736d01000000 02050161ffffff0f",
    "0061736d02000000",
    "0061736d0e000100",
  ];
  for (const hex of hostile) {
    await writeFile(file, Buffer.from(hex.replaceAll(" ", ""), "hex"));
    expect(await cache.client.inspect(file)).toMatchObject({ wasm: undefined });
    await expect(strict.client.inspect(file)).rejects.toMatchObject({ code: "UNUSABLE_ARTIFACT" });
  }
  expect(cache.warnings()).toEqual(hostile.map(() => "WASM_UNREADABLE"));
});

test("what is no WebAssembly at all is no reason for a warning", async () => {
  await using dir = await tempDir();
  await using cache = openClient(join(dir.path, "cache"));
  const file = join(dir.path, "x.wasm");
  for (const [bytes, shape] of [
    [Buffer.alloc(0), "unknown"],
    [Buffer.from("PK\u0003\u0004"), "zip"],
    [Buffer.from("[]"), "json"],
  ] as const) {
    await writeFile(file, bytes);
    expect(await cache.client.inspect(file)).toMatchObject({
      shape,
      sizeBytes: bytes.length,
      wasm: undefined,
    });
  }
  expect(cache.warnings()).toEqual([]);
});

test("a component manifest that is too large is not read", async () => {
  await using dir = await tempDir();
  await using cache = openClient(join(dir.path, "cache"));
  const file = join(dir.path, "x.wasm");
  await writeFile(file, smallComponent);
  const { digest } = await cache.client.ensureCached(file);
  const path = viewOf(join(dir.path, "cache"), digest, "component.manifest.json");
  await writeFile(path, Buffer.alloc(5 * 1024 * 1024));
  expect(await cache.client.inspect(digest)).toMatchObject({ componentManifest: false });
});
