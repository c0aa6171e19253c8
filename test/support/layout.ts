import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { mediaTypes, parseDigest } from "../../src/core/index.ts";
import type { PushedDescriptor } from "./registry.ts";

/** An image layout that is being made in memory: the names of its files, and their bytes. */
export interface LayoutInMemory {
  readonly files: Map<string, Uint8Array>;
  /** Adds a blob and says what it is. */
  readonly addBlob: (bytes: Uint8Array, mediaType: string) => PushedDescriptor;
  /** Adds an artifact with these layers, and lists it in the index under a name. */
  readonly addArtifact: (
    name: string | undefined,
    ...layers: readonly (readonly [bytes: Uint8Array, mediaType: string])[]
  ) => PushedDescriptor;
  /** Lists a manifest in the index. */
  readonly list: (descriptor: object) => void;
}

/** Makes a {@link LayoutInMemory} with nothing in it. */
export function createLayout(): LayoutInMemory {
  const manifests: object[] = [];
  const files = new Map<string, Uint8Array>();
  const list = (descriptor?: object): void => {
    if (descriptor !== undefined) manifests.push(descriptor);
    files.set("index.json", json({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }));
  };
  const addBlob = (bytes: Uint8Array, mediaType: string): PushedDescriptor => {
    const hex = createHash("sha256").update(bytes).digest("hex");
    files.set(`blobs/sha256/${hex}`, bytes);
    return { mediaType, digest: parseDigest(`sha256:${hex}`), size: bytes.length };
  };
  files.set("oci-layout", json({ imageLayoutVersion: "1.0.0" }));
  list();
  return {
    files,
    addBlob,
    list,
    addArtifact(name, ...layers) {
      const manifest = {
        schemaVersion: 2,
        mediaType: mediaTypes.ociManifest,
        config: addBlob(Buffer.from("{}"), mediaTypes.ociEmpty),
        layers: layers.map((layer) => addBlob(...layer)),
      };
      const descriptor = addBlob(json(manifest), mediaTypes.ociManifest);
      const annotations = name === undefined ? {} : { "org.opencontainers.image.ref.name": name };
      list({ ...descriptor, annotations });
      return descriptor;
    },
  };
}

/** Writes files below a folder, which is made. */
export async function writeFiles(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, bytes] of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), bytes);
  }
}

function json(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
