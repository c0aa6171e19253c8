import { describe, expect, test } from "vitest";
import { thrownBy } from "../../test/support/thrown.ts";
import { parseDigest } from "./digest.ts";
import { limits } from "./limits.ts";
import { annotationsOf, parseManifest, titleOf } from "./manifest.ts";
import { mediaTypes } from "./media-type.ts";

const digest = parseDigest(`sha256:${"0123456789abcdef".repeat(4)}`);
const config = { mediaType: mediaTypes.ociEmpty, digest, size: 2 };
const layer = { mediaType: mediaTypes.wasm, digest, size: 42 };
const bytesOf = (document: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(document));

const text = (content: string): Uint8Array => Buffer.from(content);

/** The shapes of documents, valid and without a `mediaType`. */
const image = { schemaVersion: 2, config, layers: [layer] };
const index = { schemaVersion: 2, manifests: [{ ...layer, mediaType: mediaTypes.ociManifest }] };
const artifact = { mediaType: mediaTypes.ociArtifact, artifactType: "application/x-hello", blobs: [layer] };

describe("a valid manifest", () => {
  test.each([
    ["OCI image manifest", { ...image, mediaType: mediaTypes.ociManifest }, "image"],
    ["Docker manifest", { ...image, mediaType: mediaTypes.dockerManifest }, "image"],
    ["OCI artifact manifest", artifact, "image"],
    ["OCI artifact manifest with a schema version", { ...artifact, schemaVersion: 2 }, "image"],
    ["OCI index", { ...index, mediaType: mediaTypes.ociIndex }, "index"],
    ["Docker list", { ...index, mediaType: mediaTypes.dockerList }, "index"],
  ])("is an %s, whether or not the server says so", (_, document, kind) => {
    const expected = { kind, mediaType: document.mediaType };
    const types = [undefined, document.mediaType, "application/json", "text/plain", ""];
    for (const type of types) expect(parseManifest(bytesOf(document), type)).toMatchObject(expected);
  });

  test.each([
    ["an OCI image manifest", image, undefined, mediaTypes.ociManifest],
    ["an OCI index", index, undefined, mediaTypes.ociIndex],
    ["what the server says: a Docker manifest", image, mediaTypes.dockerManifest, mediaTypes.dockerManifest],
    ["what the server says: a Docker list", index, mediaTypes.dockerList, mediaTypes.dockerList],
  ])("without a media type is %s", (_, document, served, mediaType) => {
    expect(parseManifest(bytesOf(document), served).mediaType).toBe(mediaType);
  });

  test.each([
    `${mediaTypes.ociManifest}; charset=utf-8`,
    `${mediaTypes.ociManifest} ;charset=utf-8`,
    mediaTypes.ociManifest.toUpperCase(),
    `  ${mediaTypes.ociManifest}  `,
  ])("is recognised by the Content-Type `%s`", (served) => {
    expect(parseManifest(bytesOf(image), served).mediaType).toBe(mediaTypes.ociManifest);
    expect(thrownBy(() => parseManifest(bytesOf(index), served)).code).toBe("MEDIA_TYPE_MISMATCH");
  });

  test("gives its layers as they stand there, and what is known of them", () => {
    const readme = {
      mediaType: "text/markdown",
      digest,
      size: 0,
      artifactType: "application/x-readme",
      annotations: { "org.opencontainers.image.title": "README.md", count: 3 },
      urls: ["https://elsewhere.example/"],
    };
    const manifest = parseManifest(bytesOf({ ...image, layers: [layer, readme] }));
    expect(manifest).toEqual({
      kind: "image",
      mediaType: mediaTypes.ociManifest,
      layers: [
        { ...layer, artifactType: undefined, annotations: new Map(), platform: undefined },
        {
          mediaType: "text/markdown",
          digest,
          size: 0,
          artifactType: "application/x-readme",
          annotations: new Map([["org.opencontainers.image.title", "README.md"]]),
          platform: undefined,
        },
      ],
    });
    expect(manifest.kind === "image" && manifest.layers.map(titleOf)).toEqual([undefined, "README.md"]);
  });

  test("gives the platforms of an index, and none where one is malformed", () => {
    const platforms = [{ os: "wasip2", architecture: "wasm" }, { os: "linux" }, "linux/amd64", null];
    const manifests = platforms.map((platform) => Object.assign({ platform }, layer));
    const manifest = parseManifest(bytesOf({ schemaVersion: 2, manifests }));
    expect(manifest.kind === "index" && manifest.manifests.map(({ platform }) => platform)).toEqual([
      { os: "wasip2", architecture: "wasm", variant: undefined },
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("may have no layers at all, and unknown keys", () => {
    expect(parseManifest(bytesOf({ ...image, layers: [], extra: { deep: [1] } }))).toMatchObject({
      layers: [],
    });
  });

  test("may begin with a byte order mark", () => {
    expect(parseManifest(Buffer.from(`\ufeff${JSON.stringify(image)}`)).kind).toBe("image");
  });

  test("may list 1024 layers, and a size may be as large as a number is exact", () => {
    const layers = Array.from({ length: 1024 }, () => ({ ...layer, size: Number.MAX_SAFE_INTEGER }));
    expect(parseManifest(bytesOf({ ...image, layers }))).toMatchObject({ layers: { length: 1024 } });
  });

  test("may be 4 MiB long", () => {
    const empty = bytesOf({ ...image, pad: "" }).length;
    const pad = "x".repeat(limits.manifestBytes - empty);
    expect(parseManifest(bytesOf({ ...image, pad })).kind).toBe("image");
  });
});

describe("what is no manifest is refused:", () => {
  test.each([
    ["nothing", text("")],
    ["a text that is no JSON", text("<html>not found</html>")],
    ["JSON that is cut off", bytesOf(image).subarray(0, -1)],
    ["JSON with something after it", text(`${JSON.stringify(image)}x`)],
    ["an array", bytesOf([image])],
    ["null", text("null")],
    ["a number", text("2")],
    ["UTF-16", Buffer.from(JSON.stringify(image), "utf16le")],
    ["a byte that is not UTF-8", Buffer.from(JSON.stringify({ ...image, pad: "\u00ff" }), "latin1")],
    ["a schema version of 1", bytesOf({ ...image, schemaVersion: 1 })],
    ["a schema version of 3", bytesOf({ ...image, schemaVersion: 3 })],
    ["a schema version that is a text", bytesOf({ ...image, schemaVersion: "2" })],
    ["no schema version", bytesOf({ ...image, schemaVersion: undefined })],
    ["Docker's schema 1", bytesOf({ schemaVersion: 2, fsLayers: [], layers: [] })],
    ["neither layers nor manifests", bytesOf({ schemaVersion: 2 })],
    ["layers and manifests", bytesOf({ ...image, ...index })],
    ["a config and manifests", bytesOf({ schemaVersion: 2, config, manifests: [] })],
    ["layers and blobs", bytesOf({ ...image, blobs: [layer] })],
    ["blobs and manifests", bytesOf({ ...artifact, manifests: [] })],
    ["null for manifests beside layers", bytesOf({ ...image, manifests: null })],
    ["a config alone", bytesOf({ schemaVersion: 2, config })],
    ["layers that are no list", bytesOf({ ...image, layers: { 0: layer, length: 1 } })],
    ["manifests that are null", bytesOf({ ...index, manifests: null })],
    ["a media type that is no text", bytesOf({ ...image, mediaType: [mediaTypes.ociManifest] })],
    ["a media type of null", bytesOf({ ...image, mediaType: null })],
    ["an empty media type", bytesOf({ ...image, mediaType: "" })],
    ["an unknown media type", bytesOf({ ...image, mediaType: "application/vnd.example+json" })],
    ["a media type in upper case", bytesOf({ ...image, mediaType: mediaTypes.ociManifest.toUpperCase() })],
    ["a media type with a parameter", bytesOf({ ...image, mediaType: `${mediaTypes.ociManifest};a=b` })],
    ["a layer that is null", bytesOf({ ...image, layers: [null] })],
    ["a layer that is a list", bytesOf({ ...image, layers: [[layer]] })],
    ["a layer without a media type", bytesOf({ ...image, layers: [{ ...layer, mediaType: undefined }] })],
    ["a layer with an empty media type", bytesOf({ ...image, layers: [{ ...layer, mediaType: "" }] })],
    ["a layer without a digest", bytesOf({ ...image, layers: [{ ...layer, digest: undefined }] })],
    ["a layer with a path for a digest", bytesOf({ ...image, layers: [{ ...layer, digest: "../../x" }] })],
    [
      "a layer with a sha512 digest",
      bytesOf({ ...image, layers: [{ ...layer, digest: `sha512:${"0".repeat(128)}` }] }),
    ],
    [
      "a layer with a digest in upper case",
      bytesOf({ ...image, layers: [{ ...layer, digest: digest.toUpperCase() }] }),
    ],
    ["a layer without a size", bytesOf({ ...image, layers: [{ ...layer, size: undefined }] })],
    ["a negative size", bytesOf({ ...image, layers: [{ ...layer, size: -1 }] })],
    ["a fraction for a size", bytesOf({ ...image, layers: [{ ...layer, size: 1.5 }] })],
    ["a text for a size", bytesOf({ ...image, layers: [{ ...layer, size: "42" }] })],
    ["a size of 2^53", bytesOf({ ...image, layers: [{ ...layer, size: 2 ** 53 }] })],
    [
      "a size of 1e400",
      text(`{"schemaVersion":2,"layers":[{"mediaType":"a/b","digest":"${digest}","size":1e400}]}`),
    ],
    ["1025 layers", bytesOf({ ...image, layers: Array.from({ length: 1025 }, () => layer) })],
    ["1025 manifests", bytesOf({ ...index, manifests: Array.from({ length: 1025 }, () => layer) })],
    ["a bad second entry", bytesOf({ ...index, manifests: [layer, { ...layer, size: -1 }] })],
  ])("%s", (_, bytes) => {
    expect(thrownBy(() => parseManifest(bytes)).code).toBe("UNUSABLE_ARTIFACT");
  });

  test("more than 4 MiB", () => {
    const pad = "x".repeat(limits.manifestBytes);
    expect(thrownBy(() => parseManifest(bytesOf({ ...image, pad }))).message).toContain("4194304 bytes");
  });

  test("JSON that is two million levels deep", () => {
    const depth = 2_000_000;
    const deep = text("[".repeat(depth) + "]".repeat(depth));
    expect(thrownBy(() => parseManifest(deep)).message).toContain("is no JSON object");
  });
});

test("a key that is two million levels deep is passed over", () => {
  const depth = 2_000_000;
  const deep = `{"schemaVersion":2,"layers":[],"extra":${"[".repeat(depth)}${"]".repeat(depth)}}`;
  expect(parseManifest(Buffer.from(deep))).toMatchObject({ kind: "image", layers: [] });
});

test("the message names the entry and what is wrong with it", () => {
  const document = { ...index, manifests: [layer, { ...layer, size: -1 }] };
  expect(thrownBy(() => parseManifest(bytesOf(document))).message).toBe(
    "the manifest is malformed: manifests[1] has no valid size",
  );
});

describe("media types that disagree are a mismatch:", () => {
  const docker = { ...image, mediaType: mediaTypes.dockerManifest };
  test.each([
    ["served as OCI, declared as Docker", docker, mediaTypes.ociManifest],
    [
      "served as Docker, declared as OCI",
      { ...image, mediaType: mediaTypes.ociManifest },
      mediaTypes.dockerManifest,
    ],
    [
      "served as a manifest, declared as an index",
      { ...index, mediaType: mediaTypes.ociIndex },
      mediaTypes.ociManifest,
    ],
    ["served as an index, declared as a manifest", docker, mediaTypes.ociIndex],
    [
      "served as a list, declared as an index",
      { ...index, mediaType: mediaTypes.ociIndex },
      mediaTypes.dockerList,
    ],
    ["served as a manifest, declared unknown", { ...image, mediaType: "text/plain" }, mediaTypes.ociManifest],
    ["served as a manifest, in the shape of an index", index, mediaTypes.ociManifest],
    ["served as an index, in the shape of a manifest", image, mediaTypes.ociIndex],
    ["served as an artifact, in the shape of a manifest", image, mediaTypes.ociArtifact],
    [
      "declared a manifest, in the shape of an index",
      { ...index, mediaType: mediaTypes.ociManifest },
      undefined,
    ],
    [
      "declared an index, in the shape of a manifest",
      { ...image, mediaType: mediaTypes.ociIndex },
      undefined,
    ],
    [
      "declared a list, in the shape of a manifest",
      { ...image, mediaType: mediaTypes.dockerList },
      undefined,
    ],
    [
      "declared an artifact, in the shape of a manifest",
      { ...image, mediaType: mediaTypes.ociArtifact },
      undefined,
    ],
    [
      "declared a manifest, in the shape of an artifact",
      { ...artifact, schemaVersion: 2, mediaType: mediaTypes.ociManifest },
      undefined,
    ],
  ])("%s", (_, document, served) => {
    expect(thrownBy(() => parseManifest(bytesOf(document), served)).code).toBe("MEDIA_TYPE_MISMATCH");
  });

  test("the error says both", () => {
    expect(thrownBy(() => parseManifest(bytesOf(docker), mediaTypes.ociManifest))).toMatchObject({
      message: `manifest media types disagree: expected ${mediaTypes.ociManifest}, got ${mediaTypes.dockerManifest}`,
      details: { expected: mediaTypes.ociManifest, actual: mediaTypes.dockerManifest },
    });
  });

  test("what the document says is escaped", () => {
    const document = { ...image, mediaType: "\u001b[31m" };
    const error = thrownBy(() => parseManifest(bytesOf(document), mediaTypes.ociManifest));
    expect(error.message).toContain("got \\u{1b}[31m");
    expect(error.details).toEqual({ expected: mediaTypes.ociManifest, actual: "\\u{1b}[31m" });
  });
});

test("a `__proto__` key anywhere changes nothing but the document", () => {
  const proto =
    '"__proto__":{"polluted":true,"mediaType":"text/plain","layers":[],"size":1,"schemaVersion":2}';
  const entry = `{${proto},"mediaType":"application/wasm","digest":"${digest}","size":42,"annotations":{${proto}}}`;
  const manifest = parseManifest(
    Buffer.from(`{${proto},"schemaVersion":2,"layers":[${entry}],"annotations":{${proto},"a":"b"}}`),
  );
  expect(manifest).toMatchObject({ mediaType: mediaTypes.ociManifest, layers: [{ size: 42 }] });
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  const bare = Buffer.from(
    `{"schemaVersion":2,"layers":[{${proto},"mediaType":"a/b","digest":"${digest}"}]}`,
  );
  expect(thrownBy(() => parseManifest(bare)).message).toContain("has no valid size");
});

test("the annotations of a document are its text entries", () => {
  const bytes = bytesOf({ ...image, annotations: { a: "b", n: 1, deep: { c: "d" } } });
  expect(annotationsOf({ digest, bytes, manifest: parseManifest(bytes) })).toEqual(new Map([["a", "b"]]));
});

test.each([undefined, null, "text", ["a"], 3])("annotations of %j count as none", (annotations) => {
  const bytes = bytesOf({ ...image, annotations });
  expect(annotationsOf({ digest, bytes, manifest: parseManifest(bytes) })).toEqual(new Map());
});
