import type { OpenFile } from "../../cache/index.ts";
import { type Digest, DistError, isDistError, limits } from "../../core/index.ts";
import { inspectWasm, shapeHeadBytes, sniffShape } from "../../wasm/index.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { openComponentManifest } from "../catalog/open-component-manifest.ts";
import type { ServedArtifact } from "../catalog/scan.ts";
import type { ServedFile } from "../catalog/served-file.ts";
import { type ArtifactFacts, type ArtifactImage, artifactImage } from "./artifact-image.ts";

/**
 * The image of an artifact as its file is now. Reads the file once for as long as it does not change.
 * @throws {DistError} NOT_FOUND when it is not there any more; IO
 */
export type ImageOf = (artifact: ServedArtifact) => Promise<ArtifactImage>;

/** Most images that are remembered; each holds a manifest and a config. */
const maxImages = 1024;

/** Makes what makes images of a catalog's artifacts, and remembers them. */
export function createImageOf(catalog: Catalog): ImageOf {
  const images = new Map<string, ArtifactImage>();
  return async (artifact) => {
    await using manifest = await openComponentManifest(catalog.root, artifact);
    const { stamp = "" } = (await manifest?.state()) ?? {};
    const key = (digest: Digest): string =>
      `${artifact.kind} ${artifact.id} ${artifact.version} ${digest} ${stamp}`;
    const known = catalog.knownDigestOf(artifact);
    const held = known === undefined ? undefined : images.get(key(known));
    if (held !== undefined) return held;
    await using file = await catalog.open(artifact);
    const facts = { ...file.artifact, digest: file.digest, ...(await look(file)) };
    const image = artifactImage(facts, await readManifest(manifest));
    if (images.size >= maxImages) images.clear();
    images.set(key(file.digest), image);
    return image;
  };
}

/** What a file begins like, and what it imports and exports; a broken one is served all the same. */
async function look(file: ServedFile): Promise<Pick<ArtifactFacts, "shape" | "wasm" | "flaw">> {
  const { sizeBytes: size } = file.artifact;
  const read = async (position: number, length: number): Promise<Uint8Array> => {
    const buffer = new Uint8Array(length);
    return buffer.subarray(0, await file.read(buffer, position));
  };
  const shape = sniffShape(await read(0, Math.min(shapeHeadBytes, size)));
  if (shape !== "component" && shape !== "module") return { shape, wasm: undefined, flaw: undefined };
  try {
    return { shape, wasm: await inspectWasm({ size, read }), flaw: undefined };
  } catch (error) {
    if (!isDistError(error, "UNUSABLE_ARTIFACT")) throw error;
    return { shape, wasm: undefined, flaw: error.message };
  }
}

async function readManifest(file: OpenFile | undefined): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (file === undefined) return undefined;
  if ((await file.state()).sizeBytes <= limits.manifestBytes) return new Uint8Array(await file.bytes());
  const message = `a component manifest is larger than ${limits.manifestBytes} bytes`;
  throw new DistError("IO", message, {}, { hint: "nobody could pull the component with it" });
}
