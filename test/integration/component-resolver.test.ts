import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  componentsExtensionOf,
  type DistClientOptions,
  OciComponentResolver,
  type ResolvedComponent,
} from "../../src/index.ts";
import { bytesOf, smallComponent } from "../support/artifacts.ts";
import { viewFolders, viewOf } from "../support/cache-files.ts";
import { type LayerToPush, pushLayers, type PushedLayers } from "../support/push-layers.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { type TempDir, tempDir } from "../support/temp-dir.ts";
import { thrownBy } from "../support/thrown.ts";

const manifestType = "application/vnd.greentic.component.manifest+json";
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

const push = (...layers: LayerToPush[]): PushedLayers => pushLayers(registry, "acme/components", ...layers);
const resolverWith = (options: DistClientOptions = {}): OciComponentResolver =>
  new OciComponentResolver({ env: {}, cacheDir: dir.path, ...options });
const blobRequests = (): number => registry.requests.filter(({ path }) => path.includes("/blobs/")).length;

const pushMany = (count: number): readonly PushedLayers[] =>
  Array.from({ length: count }, (_, i) => push([bytesOf(100, i), "application/wasm"]));
const packWith = (extension: unknown): unknown => ({ extensions: { "greentic.components": extension } });

/** What one reference means. */
async function resolveOne(
  resolver: OciComponentResolver,
  reference: string,
  mode?: "eager" | "lazy",
): Promise<ResolvedComponent> {
  const [result] = await resolver.resolveRefs({ refs: [reference], mode });
  if (result === undefined) throw new Error("there is no result");
  return result;
}

// Row 9.
test("a component that is pinned is fetched once and cached", async () => {
  const { pinned, manifestDigest, layers } = push([smallComponent, "application/wasm"]);
  await using resolver = resolverWith();
  const component = await resolveOne(resolver, pinned);
  expect(component).toEqual({
    reference: pinned,
    digest: manifestDigest,
    contentDigest: layers[0]?.digest,
    manifestDigest,
    mediaType: "application/wasm",
    cachePath: viewOf(dir.path, manifestDigest, "component.wasm"),
    manifestPath: undefined,
    fetched: true,
  });
  registry.clearLog();
  expect(await resolveOne(resolver, pinned)).toEqual({ ...component, fetched: false });
  expect(registry.requests).toEqual([]);
});

describe("a tag", () => {
  // Row 10.
  test("is refused, unless tags are allowed", async () => {
    const { tagged } = push([smallComponent, "application/wasm"]);
    await using resolver = resolverWith();
    for (const mode of ["eager", "lazy"] as const) {
      await expect(resolver.resolveRefs({ refs: [tagged], mode })).rejects.toMatchObject({
        code: "TAG_REFUSED",
        message: `digest pin required for \`${tagged}\``,
      });
    }
    expect(registry.requests).toEqual([]);
  });

  // Row 12.
  test("is what its manifest says, where tags are allowed", async () => {
    const { tagged, manifestDigest } = push([smallComponent, "application/wasm"]);
    await using resolver = resolverWith({ allowTags: true });
    const { digest, cachePath = "" } = await resolveOne(resolver, tagged);
    expect(digest).toBe(manifestDigest);
    expect(new Uint8Array(await readFile(cachePath))).toEqual(smallComponent);
    expect(blobRequests()).toBe(1);
  });
});

// Row 11.
test("offline, a component that is not cached is refused", async () => {
  const { pinned } = push([smallComponent, "application/wasm"]);
  await using resolver = resolverWith({ offline: true });
  for (const mode of ["eager", "lazy"] as const) {
    await expect(resolver.resolveRefs({ refs: [pinned], mode })).rejects.toMatchObject({ code: "OFFLINE" });
  }
  expect(registry.requests).toEqual([]);
});

// Row 18.
test("a text that is no reference is refused", async () => {
  await using resolver = resolverWith();
  await expect(resolver.resolveRefs({ refs: ["not a ref"] })).rejects.toMatchObject({
    code: "INVALID_REFERENCE",
  });
});

describe("the files of a component", () => {
  // Rows 13, 17, 50.
  test("are component.manifest.json of a manifest alone, and component.wasm", async () => {
    const manifest = push(["{}", manifestType]);
    const wasm = push([smallComponent, "application/wasm"]);
    await using resolver = resolverWith();
    const results = await resolver.resolveRefs({ refs: [manifest.pinned, wasm.pinned] });
    const manifestPath = viewOf(dir.path, manifest.manifestDigest, "component.manifest.json");
    expect(results).toMatchObject([
      { reference: manifest.pinned, cachePath: manifestPath, manifestPath },
      {
        reference: wasm.pinned,
        cachePath: viewOf(dir.path, wasm.manifestDigest, "component.wasm"),
        manifestPath: undefined,
      },
    ]);
    expect(await readFile(manifestPath, "utf8")).toBe("{}");
  });

  // Rows 14, 15, 49.
  test("are the Wasm layer and beside it the manifest, whichever comes first", async () => {
    const pushed = push(["{}", manifestType], [smallComponent, "application/wasm"]);
    await using resolver = resolverWith();
    const { mediaType, contentDigest, cachePath, manifestPath } = await resolveOne(resolver, pushed.pinned);
    expect([mediaType, contentDigest]).toEqual(["application/wasm", pushed.layers[1]?.digest]);
    expect(cachePath).toBe(viewOf(dir.path, pushed.manifestDigest, "component.wasm"));
    expect(manifestPath).toBe(viewOf(dir.path, pushed.manifestDigest, "component.manifest.json"));
  });

  // Rows 16, 51, 52.
  test("are found by the name in the manifest, later and offline too", async () => {
    const { pinned, manifestDigest } = push([named, manifestType], [smallComponent, "application/wasm"]);
    await using online = resolverWith();
    await using offline = resolverWith({ offline: true });
    for (const resolver of [online, online, offline]) {
      const { cachePath = "", manifestPath = "" } = await resolveOne(resolver, pinned);
      expect(cachePath).toBe(viewOf(dir.path, manifestDigest, "component_templates.wasm"));
      expect(new Uint8Array(await readFile(cachePath))).toEqual(smallComponent);
      expect(await readFile(manifestPath, "utf8")).toBe(named);
    }
    expect(new Uint8Array(await readFile(viewOf(dir.path, manifestDigest, "component.wasm")))).toEqual(
      smallComponent,
    );
  });
});

describe("lazily", () => {
  test("a component is resolved by its manifest alone, and nothing is cached to be seen", async () => {
    const { pinned, manifestDigest, layers } = push(
      [named, manifestType],
      [smallComponent, "application/wasm"],
    );
    await using resolver = resolverWith();
    expect(await resolveOne(resolver, pinned, "lazy")).toEqual({
      reference: pinned,
      digest: manifestDigest,
      contentDigest: layers[1]?.digest,
      manifestDigest,
      mediaType: "application/wasm",
      cachePath: undefined,
      manifestPath: undefined,
      fetched: false,
    });
    expect(registry.requests).toHaveLength(1);
    expect(blobRequests()).toBe(0);
    expect(await viewFolders(dir.path)).toEqual([]);
  });

  test("what only the component manifest could tell is left open", async () => {
    const { pinned } = push(
      [named, manifestType],
      [smallComponent, "application/wasm", "component_templates.wasm"],
      [bytesOf(10, "other"), "application/wasm", "other.wasm"],
    );
    await using resolver = resolverWith();
    const lazy = await resolveOne(resolver, pinned, "lazy");
    expect([lazy.contentDigest, lazy.mediaType]).toEqual([undefined, undefined]);
    expect(blobRequests()).toBe(0);
    expect(basename((await resolveOne(resolver, pinned)).cachePath ?? "")).toBe("component_templates.wasm");
  });
});

describe("many references", () => {
  test("are resolved some at a time, and come back in their order", async () => {
    const refs = pushMany(40).map(({ pinned }) => pinned);
    await using resolver = resolverWith();
    const results = await resolver.resolveRefs({ refs: [...refs, ...refs.slice(0, 3)] });
    expect(results.map(({ reference }) => reference)).toEqual([...refs, ...refs.slice(0, 3)]);
    expect(registry.connections).toBeLessThanOrEqual(8);
    expect(await resolver.resolveRefs({ refs: [] })).toEqual([]);
  });

  test("fail with the first error, and what was not begun is not", async () => {
    const refs = pushMany(40).map(({ pinned }) => pinned);
    await using resolver = resolverWith();
    const missing = `${registry.host}/acme/components@sha256:${"0".repeat(64)}`;
    await expect(resolver.resolveRefs({ refs: [missing, ...refs] })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    const asked = registry.requests.length;
    expect(asked).toBeLessThan(80);
    await expect(resolver.resolveRefs({ refs }, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "ABORTED",
    });
    expect(registry.requests).toHaveLength(asked);
  });
});

describe("the extension greentic.components of a pack", () => {
  const refs = [`ghcr.io/acme/hello@sha256:${"1".repeat(64)}`];

  test("is read, under inline or right there", () => {
    const wrapped = { kind: "greentic.components", version: "v1", inline: { refs, mode: "lazy" } };
    expect(componentsExtensionOf(packWith(wrapped))).toEqual({ refs, mode: "lazy", allowTags: false });
    expect(componentsExtensionOf(packWith({ refs, allow_tags: true }))).toEqual({
      refs,
      mode: "eager",
      allowTags: true,
    });
  });

  test("says what is to be resolved", async () => {
    const { pinned } = push([smallComponent, "application/wasm"]);
    const extension = componentsExtensionOf(packWith({ inline: { refs: [pinned], mode: "lazy" } }));
    await using resolver = resolverWith({ allowTags: extension?.allowTags });
    expect(await resolver.resolveRefs(extension ?? { refs: [] })).toMatchObject([
      { reference: pinned, cachePath: undefined },
    ]);
  });

  test.each([undefined, null, 1, [], {}, { extensions: null }, { extensions: { other: {} } }])(
    "is not in %j",
    (manifest) => {
      expect(componentsExtensionOf(manifest)).toBeUndefined();
    },
  );

  test.each([
    ["is no object", null],
    ["is no object", { inline: [] }],
    ["has no list of texts `refs`", {}],
    ["has no list of texts `refs`", { inline: { refs: [1] } }],
    ["has a `mode`", { refs, mode: "sometimes" }],
    ["has an `allow_tags`", { refs, allow_tags: "yes" }],
  ])("that %s is refused: %j", (message, extension) => {
    const error = thrownBy(() => componentsExtensionOf(packWith(extension)));
    expect([error.code, error.message]).toEqual(["INVALID_INPUT", expect.stringContaining(message)]);
  });
});
