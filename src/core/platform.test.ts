import { describe, expect, test } from "vitest";
import { rejectionOf, thrownBy } from "../../test/support/thrown.ts";
import type { Descriptor, Platform } from "./descriptor.ts";
import { type Digest, parseDigest } from "./digest.ts";
import { limits } from "./limits.ts";
import type { ImageIndex, Manifest, ManifestDocument } from "./manifest.ts";
import { mediaTypes } from "./media-type.ts";
import { parsePlatform, printPlatform, walkIndex } from "./platform.ts";

/** A digest that begins with `n`, so that documents can be told apart. */
const digestOf = (n: number): Digest => parseDigest(`sha256:${String(n).padStart(4, "0").padEnd(64, "f")}`);

function documentOf(n: number, manifest: Manifest): ManifestDocument {
  return { digest: digestOf(n), bytes: new Uint8Array(), manifest };
}

function entry(n: number, platform?: string): Descriptor {
  return {
    mediaType: mediaTypes.ociManifest,
    digest: digestOf(n),
    size: 1,
    artifactType: undefined,
    annotations: new Map(),
    platform: platform === undefined ? undefined : parsePlatform(platform),
  };
}

function indexOf(n: number, ...manifests: readonly Descriptor[]): ManifestDocument<ImageIndex> {
  const manifest = { kind: "index" as const, mediaType: mediaTypes.ociIndex, manifests };
  return { digest: digestOf(n), bytes: new Uint8Array(), manifest };
}

const image = (n: number): ManifestDocument =>
  documentOf(n, { kind: "image", mediaType: mediaTypes.ociManifest, layers: [] });

/** Walks from the first of `documents`; tells where it ended and what it loaded on the way. */
async function walk(documents: readonly ManifestDocument[], ...platforms: readonly string[]) {
  const [root = expect.unreachable()] = documents;
  const loaded: Digest[] = [];
  const end = walkIndex(root, {
    platforms: platforms.map(parsePlatform),
    load: async ({ digest }) => {
      loaded.push(digest);
      return documents.find((document) => document.digest === digest) ?? image(Number(digest.slice(7, 11)));
    },
  });
  return { end, loaded };
}

async function chosen(root: ManifestDocument, ...platforms: readonly string[]): Promise<Digest> {
  const { end } = await walk([root], ...platforms);
  return (await end).digest;
}

describe("a platform", () => {
  test.each<[string, Platform]>([
    ["wasip2/wasm", { os: "wasip2", architecture: "wasm", variant: undefined }],
    ["linux/arm64/v8", { os: "linux", architecture: "arm64", variant: "v8" }],
    ["Windows/AMD64", { os: "Windows", architecture: "AMD64", variant: undefined }],
  ])("`%s` is parsed and printed as itself", (text, platform) => {
    expect(parsePlatform(text)).toEqual(platform);
    expect(printPlatform(platform)).toBe(text);
  });

  test.each([
    "",
    "linux",
    "linux/",
    "/amd64",
    "linux/amd64/",
    "a/b/c/d",
    "linux /amd64",
    "linux/amd64\n",
    "l\u0131nux/a",
  ])("`%s` is none", (text) => {
    const error = thrownBy(() => parsePlatform(text));
    expect(error.code).toBe("INVALID_INPUT");
    expect(error.hint).toContain("OS/ARCH");
  });

  test("with a part of more than 64 characters is none", () => {
    expect(printPlatform(parsePlatform(`linux/${"a".repeat(64)}`))).toHaveLength(70);
    expect(thrownBy(() => parsePlatform(`linux/${"a".repeat(65)}`)).code).toBe("INVALID_INPUT");
  });
});

describe("of an index", () => {
  test("with one entry, that one is taken whatever it is for", async () => {
    expect(await chosen(indexOf(1, entry(2, "plan9/mips")), "wasip2/wasm")).toBe(digestOf(2));
    expect(await chosen(indexOf(1, entry(2)), "wasip2/wasm")).toBe(digestOf(2));
  });

  test("the entry for the first platform that has one is taken, wherever it stands", async () => {
    const root = indexOf(1, entry(2, "linux/amd64"), entry(3, "wasip1/wasm"), entry(4, "wasip2/wasm"));
    expect(await chosen(root, "wasip2/wasm", "wasip1/wasm", "linux/amd64")).toBe(digestOf(4));
    expect(await chosen(root, "wasip1/wasm", "wasip2/wasm", "linux/amd64")).toBe(digestOf(3));
    expect(await chosen(root, "plan9/mips", "linux/amd64")).toBe(digestOf(2));
  });

  test("the first of several entries for one platform is taken", async () => {
    const root = indexOf(1, entry(2), entry(3, "wasip2/wasm"), entry(4, "wasip2/wasm"));
    expect(await chosen(root, "wasip2/wasm")).toBe(digestOf(3));
  });

  test("an entry of any variant is taken when none is asked for, and only that one when one is", async () => {
    const root = indexOf(1, entry(2, "linux/arm/v6"), entry(3, "linux/arm/v7"), entry(4, "linux/arm"));
    expect(await chosen(root, "linux/arm")).toBe(digestOf(2));
    expect(await chosen(root, "linux/arm/v7")).toBe(digestOf(3));
    expect((await rejectionOf(chosen(root, "linux/arm/v5"))).code).toBe("UNUSABLE_ARTIFACT");
  });

  test("an entry that names no platform is not taken when there are others", async () => {
    const root = indexOf(1, entry(2), entry(3, "linux/amd64"));
    expect((await rejectionOf(chosen(root, "wasip2/wasm"))).code).toBe("UNUSABLE_ARTIFACT");
  });

  test("in which nothing fits, all that is there is listed", async () => {
    const root = indexOf(1, entry(2), entry(3, "linux/arm/v7"));
    const error = await rejectionOf(chosen(root, "wasip2/wasm", "wasip1/wasm"));
    expect(error).toMatchObject({
      code: "UNUSABLE_ARTIFACT",
      message: `index ${digestOf(1)} has nothing for wasip2/wasm, wasip1/wasm: it lists ${digestOf(2)}, linux/arm/v7`,
      details: { candidates: [digestOf(2), "linux/arm/v7"] },
    });
    expect(error.hint).toContain("--platform");
  });

  test("that is empty, it is said that nothing is listed", async () => {
    const error = await rejectionOf(chosen(indexOf(1), "wasip2/wasm"));
    expect(error.message).toContain("it lists nothing");
  });

  test("the platforms that are listed are escaped", async () => {
    const odd = { ...entry(2), platform: { os: "\u001b[31m", architecture: "x", variant: undefined } };
    const error = await rejectionOf(chosen(indexOf(1, odd, entry(3)), "wasip2/wasm"));
    expect(error.message).toContain("it lists \\u{1b}[31m/x, ");
    expect(error.details).toEqual({ candidates: ["\\u{1b}[31m/x", digestOf(3)] });
  });
});

/** `count` indexes, each of which leads to the next, and the last to a manifest. */
const nested = (count: number): readonly ManifestDocument[] => [
  ...Array.from({ length: count }, (_, i) => indexOf(i + 1, entry(i + 2))),
  image(count + 1),
];

describe("the walk", () => {
  test("ends at once at a manifest, and loads nothing", async () => {
    const { end, loaded } = await walk([image(1)], "wasip2/wasm");
    expect((await end).digest).toBe(digestOf(1));
    expect(loaded).toEqual([]);
  });

  test("goes through four indexes", async () => {
    const { end } = await walk(nested(limits.indexDepth), "wasip2/wasm");
    expect((await end).digest).toBe(digestOf(5));
  });

  test("refuses a fifth index, and loads nothing that it lists", async () => {
    const { end, loaded } = await walk(nested(limits.indexDepth + 1), "wasip2/wasm");
    const error = await rejectionOf(end);
    expect(error.code).toBe("UNUSABLE_ARTIFACT");
    expect(error.message).toBe(`index ${digestOf(1)} is nested more than 4 deep`);
    expect(loaded).toEqual([2, 3, 4, 5].map(digestOf));
  });

  test("ends where an index lists itself", async () => {
    const { end, loaded } = await walk([indexOf(1, entry(1))], "wasip2/wasm");
    expect((await rejectionOf(end)).code).toBe("UNUSABLE_ARTIFACT");
    expect(loaded).toHaveLength(limits.indexDepth);
  });

  test("chooses by platform in every index", async () => {
    const outer = indexOf(1, entry(2, "linux/amd64"), entry(3, "wasip2/wasm"));
    const inner = indexOf(3, entry(4, "linux/amd64"), entry(5, "wasip2/wasm"));
    const { end } = await walk([outer, inner], "wasip2/wasm");
    expect((await end).digest).toBe(digestOf(5));
  });

  test("fails as the loading does", async () => {
    const failure = new Error("no such manifest");
    const load = (): Promise<never> => Promise.reject(failure);
    await expect(walkIndex(indexOf(1, entry(2)), { platforms: [], load })).rejects.toBe(failure);
  });
});
