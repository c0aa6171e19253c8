import { array, assert, constantFrom, option, property, shuffledSubarray, tuple } from "fast-check";
import { describe, expect, test } from "vitest";
import { thrownBy } from "../../test/support/thrown.ts";
import type { Descriptor } from "./descriptor.ts";
import { parseDigest } from "./digest.ts";
import { isDistError } from "./errors.ts";
import { bestLayers, componentLayers, describeLayer, isComponentManifest, packLayers } from "./layer.ts";
import type { ImageManifest } from "./manifest.ts";
import { mediaTypes } from "./media-type.ts";

let layersMade = 0;

/** A layer with a digest of its own. */
function layer(mediaType: string, title?: string): Descriptor {
  layersMade += 1;
  const annotations = new Map(title === undefined ? [] : [["org.opencontainers.image.title", title]]);
  const digest = parseDigest(`sha256:${layersMade.toString(16).padStart(64, "0")}`);
  return { mediaType, digest, size: layersMade, artifactType: undefined, annotations, platform: undefined };
}

const manifestOf = (...layers: readonly Descriptor[]): ImageManifest => ({
  kind: "image",
  mediaType: mediaTypes.ociManifest,
  layers,
});
const best = (...layers: readonly Descriptor[]): readonly Descriptor[] =>
  bestLayers(manifestOf(...layers), componentLayers);

/** Media types of components and what stands for one, best first (contract, section 6). */
const ranks: readonly (readonly [mediaType: string, title?: string])[] = [
  ["application/vnd.wasm.component.v1+wasm"],
  ["application/vnd.module.wasm.content.layer.v1+wasm"],
  ["application/vnd.greentic.wasm.component"],
  ["application/wasm"],
  ["application/wasm+component"],
  ["application/vnd.wasm.content.layer.v1+wasm"],
  ["application/vnd.bytecodealliance.wasm.component.layer.v0+wasm"],
  ["application/x-unknown", "hello.wasm"],
  ["application/vnd.greentic.component.manifest.v1+json"],
  ["application/octet-stream"],
];

describe("the component of a manifest", () => {
  const pairs = ranks.slice(1).map((worse, i) => [ranks[i] ?? expect.unreachable(), worse] as const);
  test.each(pairs)("is rather %j than %j, whichever comes first", (better, worse) => {
    const [good, bad] = [layer(...better), layer(...worse)];
    expect(best(good, bad)).toEqual([good]);
    expect(best(bad, good)).toEqual([good]);
  });

  test("is the best of all kinds at once", () => {
    const layers = ranks.map((rank) => layer(...rank));
    for (const [i, expected] of layers.entries())
      expect(best(...layers.slice(i).toReversed())).toEqual([expected]);
  });

  test("is the manifest of a component where there is nothing else, in both spellings", () => {
    const alone = layer("application/vnd.greentic.component.manifest+json");
    const readme = layer("text/markdown", "README.md");
    expect(best(readme, alone)).toEqual([alone]);
    const both = [alone, layer("application/vnd.greentic.component.manifest.v1+json")];
    expect(best(...both)).toEqual(both);
  });

  test("is a layer of any type that is titled as Wasm, rather than its manifest or octets", () => {
    const titled = layer("application/x-anything", "hello.wasm");
    const manifest = layer("application/vnd.greentic.component.manifest.v1+json", "component.manifest.json");
    expect(best(manifest, layer("application/octet-stream"), titled)).toEqual([titled]);
  });

  test.each(["hello.wasm.txt", "hello.WASM", "wasm", ""])("is not recognised by the title `%s`", (title) => {
    expect(thrownBy(() => best(layer("a/x", title), layer("a/y"))).code).toBe("UNUSABLE_ARTIFACT");
  });

  test("is the only layer there is, whatever its type", () => {
    for (const type of ["application/x-anything", "text/markdown", mediaTypes.ociEmpty]) {
      const only = layer(type);
      expect(best(only)).toEqual([only]);
    }
  });

  test("is the only layer beside a README or an empty one", () => {
    const only = layer("application/x-anything");
    expect(best(layer("text/markdown", "README.md"), only, layer(mediaTypes.ociEmpty))).toEqual([only]);
  });

  test("is not guessed from several layers of unknown types", () => {
    const [a, b] = [layer("application/x-a", "a.bin"), layer("application/x-b")];
    const error = thrownBy(() => best(a, b));
    expect(error.code).toBe("UNUSABLE_ARTIFACT");
    expect(error.details).toEqual({ candidates: [describeLayer(a), describeLayer(b)] });
    expect(error.message).toContain(`${describeLayer(a)}; ${describeLayer(b)}`);
  });

  test("is none of several READMEs", () => {
    expect(thrownBy(() => best(layer("text/markdown"), layer("text/markdown"))).code).toBe(
      "UNUSABLE_ARTIFACT",
    );
  });

  test("is missing where there are no layers", () => {
    expect(thrownBy(() => best()).message).toBe("no layer of the manifest can be used: it has none");
  });

  test("is listed once when it is listed twice", () => {
    const twice = layer("application/wasm");
    expect(best(twice, { ...twice })).toEqual([twice]);
    const unknown = layer("application/x-anything");
    expect(best(unknown, { ...unknown })).toEqual([unknown]);
  });

  test("is every layer of the best kind when there are several, in their order", () => {
    const several = [layer("application/wasm", "a.wasm"), layer("application/wasm", "b.wasm")];
    expect(best(layer("application/octet-stream"), ...several)).toEqual(several);
  });

  test("is found by its exact type only", () => {
    const [upper, parameter] = [layer("application/WASM"), layer("application/wasm; a=b")];
    expect(thrownBy(() => best(upper, parameter)).code).toBe("UNUSABLE_ARTIFACT");
  });
});

test.each([
  ["application/vnd.greentic.component.manifest+json", undefined, true],
  ["application/vnd.greentic.component.manifest.v1+json", "anything", true],
  ["application/json", "component.manifest.json", true],
  ["application/json", "manifest.json", false],
  ["application/json", "dir/component.manifest.json", false],
  ["application/vnd.greentic.component.manifest.v2+json", undefined, false],
])("a layer of type %s, titled %s, is a component manifest: %s", (type, title, expected) => {
  expect(isComponentManifest(layer(type, title))).toBe(expected);
});

test("a layer is described on one line, with nothing in it that changes a terminal", () => {
  const odd = { ...layer("a/\u001b[31m", "b\u202e\n.wasm"), size: 7 };
  expect(describeLayer(odd)).toBe(`a/\\u{1b}[31m "b\\u{202e}\\u{a}.wasm" ${odd.digest} (7 bytes)`);
  const plain = { ...layer("a/b"), size: 7 };
  expect(describeLayer(plain)).toBe(`a/b ${plain.digest} (7 bytes)`);
});

/** Layers as they come in manifests, of known and unknown types, and the same in another order. */
const manifests = array(
  tuple(
    constantFrom(
      ...ranks.map(([type]) => type),
      "application/vnd.greentic.pack+json",
      "application/vnd.greentic.demo.bundle.v1+tar+gzip",
      "application/vnd.oci.image.layer.v1.tar",
      "application/json",
      "text/markdown",
      mediaTypes.ociEmpty,
      "application/x-b",
    ),
    option(constantFrom("hello.wasm", "README.md", "component.manifest.json"), { nil: undefined }),
  ).map(([type, title]) => layer(type, title)),
  { maxLength: 6 },
).chain((layers) =>
  tuple(
    constantFrom(layers),
    shuffledSubarray(layers, { minLength: layers.length, maxLength: layers.length }),
  ),
);

test.each([
  ["component", componentLayers],
  ["pack", packLayers],
])("the %s of any manifest is the same layers in whatever order they stand, or a clear error", (_, kind) => {
  const digestsOf = (layers: readonly Descriptor[]): readonly string[] | undefined => {
    try {
      return bestLayers(manifestOf(...layers), kind).map(({ digest }) => digest);
    } catch (error) {
      if (isDistError(error, "UNUSABLE_ARTIFACT")) return undefined;
      throw error;
    }
  };
  assert(
    property(manifests, ([layers, shuffled]) => {
      const found = digestsOf(layers);
      expect(digestsOf(layers)).toEqual(found);
      expect(digestsOf(shuffled)?.toSorted()).toEqual(found?.toSorted());
      expect(found).not.toEqual([]);
      expect(layers.map(({ digest }) => digest)).toEqual(expect.arrayContaining([...(found ?? [])]));
    }),
    { numRuns: 10_000 },
  );
});

test("a README is no pack while there is anything else, of whatever type", () => {
  const [readme, other] = [layer("text/markdown", "README.md"), layer("application/x-anything")];
  expect(bestLayers(manifestOf(readme, other), packLayers)).toEqual([other]);
  expect(bestLayers(manifestOf(readme), packLayers)).toEqual([readme]);
});
