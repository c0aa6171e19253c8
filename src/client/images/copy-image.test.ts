import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { bytesOf } from "../../../test/support/artifacts.ts";
import { rejectionOf } from "../../../test/support/thrown.ts";
import {
  type Descriptor,
  descriptorOf,
  type Digest,
  type DistEvent,
  type ManifestDocument,
  mediaTypes,
  parseDigest,
  parseManifest,
} from "../../core/index.ts";
import { verified } from "../../verify/index.ts";
import { copyImage, type CopyImageOptions } from "./copy-image.ts";
import { createLanes } from "./create-lanes.ts";
import type { ImageSource } from "./image-source.ts";
import type { ImageTarget } from "./image-target.ts";

/** An image with one layer for each of `layers`. */
function image(place: Place, layers: readonly Uint8Array[], more: object = {}): ManifestDocument {
  const config = { mediaType: mediaTypes.ociEmpty, ...place.add(Buffer.from("{}")) };
  const listed = layers.map((bytes) => ({ mediaType: mediaTypes.wasm, ...place.add(bytes) }));
  return place.addManifest({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config,
    layers: listed,
    ...more,
  });
}

function index(place: Place, entries: readonly ManifestDocument[]): ManifestDocument {
  const manifests = entries.map(({ digest, bytes, manifest: { mediaType } }) => ({
    mediaType,
    digest,
    size: bytes.length,
  }));
  return place.addManifest({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests });
}

test("blobs come before the manifests that need them, what an index lists before it, and the tag last", async () => {
  const source = new Place();
  const target = new Place();
  const first = image(source, [bytesOf(10, 1), bytesOf(20, 2)]);
  const second = image(source, [bytesOf(20, 2)]);
  const root = index(source, [first, second]);
  const copied = await copy(source, target, { root, tags: ["1.0", "latest"] });
  const config = digestOf(Buffer.from("{}"));
  expect(target.written).toHaveLength(6);
  expect(new Set(target.written.slice(0, 3))).toEqual(
    new Set([config, digestOf(bytesOf(10, 1)), digestOf(bytesOf(20, 2))]),
  );
  expect(target.written.slice(3)).toEqual([first.digest, second.digest, `${root.digest} 1.0 latest`]);
  const manifestBytes = first.bytes.length + second.bytes.length + root.bytes.length;
  expect(copied).toEqual({ digest: root.digest, manifests: 3, blobs: 3, bytes: 32 + manifestBytes });
});

test("what the target has is neither read nor written", async () => {
  const source = new Place();
  const target = new Place();
  const root = image(source, [bytesOf(10, 1), bytesOf(20, 2)]);
  target.add(bytesOf(10, 1));
  await copy(source, target, { root });
  expect(target.written).not.toContain(digestOf(bytesOf(10, 1)));
  expect(source.opened).not.toContain(digestOf(bytesOf(10, 1)));
  target.written.length = 0;
  expect(await copy(source, target, { root })).toEqual({
    digest: root.digest,
    manifests: 0,
    blobs: 0,
    bytes: 0,
  });
  expect(target.written).toEqual([]);
  await copy(source, target, { root, tags: ["1.0"] });
  expect(target.written).toEqual([`${root.digest} 1.0`]);
});

test("a copy that was interrupted goes on, and names nothing before all of it is there", async () => {
  const source = new Place();
  const target = new Place();
  const root = index(source, [image(source, [bytesOf(10, 1)]), image(source, [bytesOf(20, 2)])]);
  let writes = 0;
  for (;;) {
    target.failAfter = 1;
    writes += 1;
    const isDone = await copy(source, target, { root, tags: ["1.0"] }).then(
      () => true,
      () => false,
    );
    expect(target.isSound()).toBe(true);
    if (isDone) break;
  }
  expect(writes).toBe(6);
  expect(target.tags.get("1.0")).toBe(root.digest);
});

describe("referrers", () => {
  test("are copied where they are asked for, with what refers to them", async () => {
    const source = new Place();
    const root = image(source, [bytesOf(10, 1)]);
    const subject = { mediaType: root.manifest.mediaType, digest: root.digest, size: root.bytes.length };
    const signature = image(source, [bytesOf(30, 3)], { subject });
    source.referrers.set(root.digest, [signature]);
    const without = new Place();
    await copy(source, without, { root, tags: ["1.0"] });
    expect(without.manifests.has(signature.digest)).toBe(false);
    const target = new Place();
    await copy(source, target, { root, tags: ["1.0"], withReferrers: true });
    expect(target.written.slice(-2)).toEqual([signature.digest, `${root.digest} 1.0`]);
    await copy(source, without, { root, tags: ["1.0"], withReferrers: true });
    expect(without.manifests.has(signature.digest)).toBe(true);
  });
});

describe("refused are", () => {
  test("indexes that nest deeper than four", async () => {
    const source = new Place();
    let root = image(source, [bytesOf(10, 1)]);
    for (let depth = 0; depth < 5; depth++) root = index(source, [root]);
    const target = new Place();
    expect(await rejectionOf(copy(source, target, { root }))).toMatchObject({ code: "UNUSABLE_ARTIFACT" });
    expect(target.written).toEqual([]);
  });

  test("bytes that are not those of the digest, before a manifest names them", async () => {
    const source = new Place();
    const target = new Place();
    const root = image(source, [bytesOf(10, 1)]);
    source.blobs.set(digestOf(bytesOf(10, 1)), bytesOf(10, 2));
    expect(await rejectionOf(copy(source, target, { root, tags: ["1.0"] }))).toMatchObject({
      code: "DIGEST_MISMATCH",
    });
    expect(target.manifests.size).toBe(0);
  });
});

test("a layer that is to be fetched from elsewhere is not copied", async () => {
  const source = new Place();
  const target = new Place();
  const foreign = {
    mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
    digest: digestOf(bytesOf(5, 5)),
    size: 5,
  };
  const root = source.addManifest({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, layers: [foreign] });
  expect((await copy(source, target, { root })).blobs).toBe(0);
});

test("events say what is written, how far it is, and what stands there in the end", async () => {
  const source = new Place();
  const root = source.addManifest({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    layers: [{ mediaType: mediaTypes.wasm, ...source.add(bytesOf(10, 1)) }],
  });
  const digest = digestOf(bytesOf(10, 1));
  const events: DistEvent[] = [];
  await copy(source, new Place(), { root, onEvent: (event) => events.push(event) });
  expect(events).toEqual([
    { event: "uploading", reference: "test", digest, totalBytes: 10 },
    { event: "sent", digest, sentBytes: 10, totalBytes: 10 },
    { event: "uploaded", digest },
    { event: "pushed", reference: "test", digest: root.digest, uploaded: true },
  ]);
});

test("whoever stops it gets ABORTED, and nothing more is written", async () => {
  const source = new Place();
  const target = new Place();
  const root = image(source, [bytesOf(10, 1)]);
  const signal = AbortSignal.abort();
  expect(await rejectionOf(copy(source, target, { root, signal }))).toMatchObject({ code: "ABORTED" });
  expect(target.written).toEqual([]);
});

function copy(
  source: Place,
  target: Place,
  options: Partial<CopyImageOptions> & Pick<CopyImageOptions, "root">,
) {
  return copyImage(source, target, {
    lanes: createLanes(),
    reference: "test",
    onEvent: () => {},
    signal: undefined,
    ...options,
  });
}

function digestOf(bytes: Uint8Array): Digest {
  return parseDigest(`sha256:${createHash("sha256").update(bytes).digest("hex")}`);
}

/** Images in memory: a source and a target. */
class Place implements ImageSource, ImageTarget {
  readonly blobs = new Map<Digest, Uint8Array>();
  readonly manifests = new Map<Digest, ManifestDocument>();
  readonly tags = new Map<string, Digest>();
  readonly referrers = new Map<Digest, readonly ManifestDocument[]>();
  /** What was written, in order; of a manifest with its tags. */
  readonly written: string[] = [];
  readonly opened: Digest[] = [];
  /** How many things may still be written before it fails. */
  failAfter = Infinity;

  add(bytes: Uint8Array) {
    const digest = digestOf(bytes);
    this.blobs.set(digest, bytes);
    return { digest, size: bytes.length };
  }

  addManifest(content: object): ManifestDocument {
    const bytes = Buffer.from(JSON.stringify(content));
    const document = { digest: digestOf(bytes), bytes, manifest: parseManifest(bytes) };
    this.manifests.set(document.digest, document);
    return document;
  }

  isSound(): boolean {
    return [...this.manifests.values()].every(({ manifest }) =>
      manifest.kind === "index"
        ? manifest.manifests.every(({ digest }) => this.manifests.has(digest))
        : manifest.layers.every(({ digest }) => this.blobs.has(digest)),
    );
  }

  async readManifest(reference: string): Promise<ManifestDocument> {
    return this.manifests.get(parseDigest(reference))!;
  }

  async openBlob({ digest }: Descriptor) {
    this.opened.push(digest);
    const bytes = this.blobs.get(digest)!;
    return (async function* one() {
      yield bytes;
    })();
  }

  async referrersOf(digest: Digest) {
    const found = this.referrers.get(digest) ?? [];
    return found.map(descriptorOf);
  }

  async hasManifest({ digest }: Descriptor): Promise<boolean> {
    return this.manifests.has(digest);
  }

  async hasBlob({ digest }: Descriptor): Promise<boolean> {
    return this.blobs.has(digest);
  }

  writeBlob: ImageTarget["writeBlob"] = async ({ digest, size }, { open, signal, onProgress }) => {
    this.#write();
    const source = await open(signal);
    const chunks: Uint8Array[] = [];
    for await (const chunk of verified(source, { reference: digest, digest, size, maxBytes: size })) {
      chunks.push(chunk);
      onProgress(Buffer.concat(chunks).length);
    }
    this.blobs.set(digest, Buffer.concat(chunks));
    this.written.push(digest);
  };

  writeManifest: ImageTarget["writeManifest"] = async (document, tags) => {
    this.#write();
    this.manifests.set(document.digest, document);
    for (const tag of tags) this.tags.set(tag, document.digest);
    this.written.push([document.digest, ...tags].join(" "));
  };

  #write(): void {
    if (this.failAfter === 0) throw new TypeError("the disk is full");
    this.failAfter -= 1;
  }
}
