import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { DistError, type DistErrorCode } from "../../src/index.ts";
import { smallComponent, bytesOf } from "../support/artifacts.ts";
import { openClient } from "../support/client.ts";
import { installFailPoints } from "../support/fail-points.ts";
import { createLayout, type LayoutInMemory, writeFiles } from "../support/layout.ts";
import { tempDir, type TempDir } from "../support/temp-dir.ts";

const wasm = "application/wasm";

/** A layout as a folder, a tar archive and a compressed one, side by side. */
async function writeForms(dir: TempDir, { files }: LayoutInMemory): Promise<readonly string[]> {
  const folder = join(dir.path, "bundle");
  await writeFiles(folder, files);
  const archive = join(dir.path, "bundle.tar");
  await promisify(execFile)("tar", ["-cf", archive, "-C", folder, "."]);
  await writeFile(`${archive}.gz`, gzipSync(await readFile(archive)));
  return [`oci-layout:${folder}`, `oci-archive:${archive}`, `oci-archive:${archive}.gz`];
}

test("an artifact is pulled from a layout by its name, its digest, or as the only one", async () => {
  await using dir = await tempDir();
  const layout = createLayout();
  const { digest } = layout.addArtifact("ghcr.io/acme/hello:1.0", [smallComponent, wasm]);
  for (const place of await writeForms(dir, layout)) {
    await using opened = openClient(await freshCache(dir), { offline: true });
    for (const suffix of ["", ":ghcr.io/acme/hello:1.0", `@${digest}`]) {
      const artifact = await opened.client.ensureCached(`${place}${suffix}`);
      expect(artifact).toMatchObject({ manifestDigest: digest, fetched: suffix === "" });
      expect(await readFile(artifact.cachePath)).toEqual(Buffer.from(smallComponent));
    }
    expect(await opened.client.resolveRef(place)).toMatchObject({ digest });
    expect(await opened.client.inspect(place)).toMatchObject({ kind: "layout", wasm: { kind: "component" } });
  }
});

test("what a layout brings into a new cache is leased before it has its name", async () => {
  await using dir = await tempDir();
  const layout = createLayout();
  layout.addArtifact(undefined, [smallComponent, wasm]);
  const [place = ""] = await writeForms(dir, layout);
  const root = await freshCache(dir);
  await using opened = openClient(root, { offline: true });
  const leases: number[] = [];
  {
    using _ = await installFailPoints(join(root, ".store/v1/blobs"), ({ name }) => {
      if (name === "link") leases.push(readdirSync(join(root, ".store/v1/leases")).length);
    });
    await opened.client.ensureCached(place);
  }
  expect(leases.length).toBeGreaterThan(0);
  expect(leases.every((count) => count === 1)).toBe(true);
  expect(readdirSync(join(root, ".store/v1/leases"))).toEqual([]);
});

test("an index in a layout is walked", async () => {
  await using dir = await tempDir();
  const layout = createLayout();
  const image = layout.addArtifact(undefined, [smallComponent, wasm]);
  const other = layout.addArtifact(undefined, [bytesOf(10, "other"), wasm]);
  const manifests = [
    { ...other, platform: { os: "wasip1", architecture: "wasm" } },
    { ...image, platform: { os: "wasip2", architecture: "wasm" } },
  ];
  const mediaType = "application/vnd.oci.image.index.v1+json";
  const index = layout.addBlob(
    Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests })),
    mediaType,
  );
  layout.list({ ...index, annotations: { "org.opencontainers.image.ref.name": "1.0" } });
  for (const place of await writeForms(dir, layout)) {
    await using opened = openClient(await freshCache(dir));
    const artifact = await opened.client.ensureCached(place);
    expect(artifact).toMatchObject({ digest: index.digest, manifestDigest: image.digest });
  }
});

test("a lockfile may name artifacts in layouts, by a path that begins at its folder", async () => {
  await using dir = await tempDir();
  const layout = createLayout();
  const { digest } = layout.addArtifact("hello:1.0", [smallComponent, wasm]);
  await writeForms(dir, layout);
  const lock = join(dir.path, "pack.lock.json");
  await writeFile(lock, JSON.stringify([{ name: "hello", ref: "oci-archive:bundle.tar:hello:1.0", digest }]));
  await using opened = openClient(await freshCache(dir));
  expect(await opened.client.pullLock(lock)).toMatchObject([{ name: "hello", digest }]);
});

test("the doctor says what is in a layout", async () => {
  await using dir = await tempDir();
  const layout = createLayout();
  const { digest } = layout.addArtifact("hello:1.0", [smallComponent, wasm]);
  const [place = ""] = await writeForms(dir, layout);
  await using opened = openClient(await freshCache(dir));
  const { steps, failure } = await opened.client.diagnose(place);
  expect(failure).toBeUndefined();
  expect(steps.map(({ name }) => name)).toEqual(["reference", "manifest", "platform", "layer", "cache"]);
  expect(steps[1]).toMatchObject({ details: { digest, found: "read" } });
  const bad = await opened.client.diagnose(`${place}:other`);
  expect(bad.failure).toMatchObject({ code: "NOT_FOUND", hint: "it has hello:1.0" });
});

describe("a layout that is not whole is refused, and nothing of it is shown:", () => {
  const cases: readonly (readonly [
    title: string,
    spoil: (layout: LayoutInMemory) => void,
    code: DistErrorCode,
  ])[] = [
    ["no marker", ({ files }) => files.delete("oci-layout"), "INVALID_INPUT"],
    [
      "another version",
      ({ files }) => files.set("oci-layout", Buffer.from('{"imageLayoutVersion":"2.0.0"}')),
      "INVALID_INPUT",
    ],
    ["no index", ({ files }) => files.delete("index.json"), "INVALID_INPUT"],
    ["an index that is none", ({ files }) => files.set("index.json", Buffer.from("[]")), "INVALID_INPUT"],
    ["a manifest that is missing", ({ files }) => files.delete(nameOf(files, "layers")), "UNUSABLE_ARTIFACT"],
    ["a manifest that was changed", ({ files }) => append(files, nameOf(files, "layers")), "DIGEST_MISMATCH"],
    ["a layer that is missing", ({ files }) => files.delete(nameOf(files, "\0asm")), "UNUSABLE_ARTIFACT"],
    ["a layer that grew", ({ files }) => append(files, nameOf(files, "\0asm")), "SIZE_MISMATCH"],
    [
      "a layer that shrank",
      ({ files }) => files.set(nameOf(files, "\0asm"), smallComponent.slice(1)),
      "SIZE_MISMATCH",
    ],
    [
      "a layer that was changed",
      ({ files }) => files.set(nameOf(files, "\0asm"), smallComponent.toReversed()),
      "DIGEST_MISMATCH",
    ],
    ["two artifacts", (layout) => layout.addArtifact("b", [bytesOf(9, 9), wasm]), "UNUSABLE_ARTIFACT"],
    ["one name for two", (layout) => layout.addArtifact("a", [bytesOf(9, 9), wasm]), "UNUSABLE_ARTIFACT"],
  ];

  test.each(cases)("%s", async (_, spoil, code) => {
    await using dir = await tempDir();
    const layout = createLayout();
    layout.addArtifact("a", [smallComponent, wasm]);
    spoil(layout);
    for (const place of await writeForms(dir, layout)) {
      await using opened = openClient(await freshCache(dir));
      const error: unknown = await opened.client.ensureCached(place).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(DistError);
      expect(error).toMatchObject({ code });
      expect(await opened.client.listCache()).toEqual([]);
    }
  });
});

test.each([
  ["oci-layout:nowhere", "NOT_FOUND"],
  ["oci-archive:nowhere.tar", "NOT_FOUND"],
  ["oci-archive:/tmp", "INVALID_INPUT"],
  ["oci-layout:/dev/null", "INVALID_INPUT"],
  ["oci-archive:/dev/null", "INVALID_INPUT"],
  ["oci-layout:", "INVALID_REFERENCE"],
  ["oci-layout:a:", "INVALID_REFERENCE"],
  ["oci-layout://a", "INVALID_REFERENCE"],
])("%s is %s", async (reference, code) => {
  await using dir = await tempDir();
  await using opened = openClient(dir.path);
  await expect(opened.client.resolveRef(reference)).rejects.toMatchObject({ code });
});

async function freshCache(dir: TempDir): Promise<string> {
  return join(dir.path, crypto.randomUUID());
}

/** The name of the file whose bytes hold `text`, but for the index. */
function nameOf(files: ReadonlyMap<string, Uint8Array>, text: string): string {
  const found = [...files].find(
    ([name, bytes]) => name !== "index.json" && Buffer.from(bytes).includes(text),
  );
  return found?.[0] ?? "";
}

function append(files: Map<string, Uint8Array>, name: string): void {
  files.set(name, Buffer.concat([files.get(name) ?? Buffer.alloc(0), Buffer.from(" ")]));
}
