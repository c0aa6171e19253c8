import { existsSync } from "node:fs";
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { type Cache, isWasmName, type OpenContent, viewNames } from "../cache/index.ts";
import {
  annotationsOf,
  type Descriptor,
  type Digest,
  errnoOf,
  isDistError,
  limits,
  parseReference,
  printable,
  type Reference,
  titleOf,
} from "../core/index.ts";
import { inspectWasm, type Shape, shapeHeadBytes, sniffShape, type WasmInspection } from "../wasm/index.ts";
import type { ArtifactClient } from "./artifact-client.ts";
import type { CachedArtifact } from "./cached-artifact.ts";
import { parseComponentManifest } from "./pull/component-manifest.ts";
import { warn } from "./pull/pull-context.ts";

/** A layer of a manifest. */
export interface InspectedLayer {
  readonly mediaType: string;
  /** The file name that its publisher gave it; any text. */
  readonly title: string | undefined;
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** Everything that is known of an artifact in the cache. Texts of its manifests are as they stand there. */
export interface InspectedArtifact extends Omit<CachedArtifact, "cachePath" | "fetched"> {
  /** Of the reference. */
  readonly kind: Reference["kind"];
  /** As its manifest or server declared it. */
  readonly mediaType: string;
  /** What it is by its first bytes. */
  readonly shape: Shape;
  readonly sizeBytes: number;
  /** The folder that shows it. */
  readonly cacheDir: string;
  /** Whether the folder has a `component.wasm`. */
  readonly componentWasm: boolean;
  /** Whether the folder has a `component.manifest.json`. */
  readonly componentManifest: boolean;
  /** `artifacts.component_wasm` in that, as it stands there. */
  readonly manifestComponentWasm: string | undefined;
  /** Whether the folder has a file of that name. A name that is a path is not looked for. */
  readonly manifestComponentWasmExists: boolean;
  /** Whether a file is named that the folder does not have. */
  readonly manifestComponentWasmMismatch: boolean;
  /** `undefined` for what is no WebAssembly, or cannot be read. */
  readonly wasm: WasmInspection | undefined;
  /** Of the manifest; empty where there is none. */
  readonly layers: readonly InspectedLayer[];
  /** Of the manifest; empty where there is none. */
  readonly annotations: ReadonlyMap<string, string>;
}

/** Brings an artifact into the cache, unless it is there, and looks at it. */
export async function inspect(
  client: ArtifactClient,
  text: string,
  signal: AbortSignal | undefined,
): Promise<InspectedArtifact> {
  const { kind } = parseReference(text, { pathExists: existsSync });
  const { cachePath: _path, fetched: _fetched, ...artifact } = await client.pull(text, signal);
  const { manifestDigest } = artifact;
  const document = manifestDigest === undefined ? undefined : await client.cache.readManifest(manifestDigest);
  await using content = await client.cache.open(artifact.contentDigest);
  const shape = sniffShape(await content.read(0, shapeHeadBytes));
  return {
    ...artifact,
    kind,
    shape,
    sizeBytes: content.size,
    ...(await inspectFolder(client.cache, manifestDigest ?? artifact.contentDigest)),
    wasm: await inspectContent(client, text, content, shape, signal),
    layers: document?.manifest.kind === "image" ? document.manifest.layers.map(inspectLayer) : [],
    annotations: document === undefined ? new Map() : annotationsOf(document),
  };
}

type InspectedFolder = Pick<
  InspectedArtifact,
  | "cacheDir"
  | "componentWasm"
  | "componentManifest"
  | "manifestComponentWasm"
  | "manifestComponentWasmExists"
  | "manifestComponentWasmMismatch"
>;

async function inspectFolder(cache: Cache, digest: Digest): Promise<InspectedFolder> {
  const cacheDir = cache.folderOf(digest);
  const bytes = await cache.readCompanion(digest, limits.manifestBytes);
  const name = bytes === undefined ? undefined : parseComponentManifest(bytes).wasm;
  const exists = name !== undefined && isWasmName(name) && (await isThere(join(cacheDir, name)));
  return {
    cacheDir,
    componentWasm: await isThere(join(cacheDir, viewNames.component)),
    componentManifest: bytes !== undefined,
    manifestComponentWasm: name,
    manifestComponentWasmExists: exists,
    manifestComponentWasmMismatch: name !== undefined && !exists,
  };
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENAMETOOLONG") return false;
    throw error;
  }
}

async function inspectContent(
  { settings }: ArtifactClient,
  text: string,
  content: OpenContent,
  shape: Shape,
  signal: AbortSignal | undefined,
): Promise<WasmInspection | undefined> {
  if (shape !== "component" && shape !== "module") return undefined;
  try {
    return await inspectWasm(content, { signal });
  } catch (error) {
    if (!isDistError(error, "UNUSABLE_ARTIFACT")) throw error;
    const reference = printable(text);
    const message = `the ${shape} of \`${reference}\` cannot be read: ${error.message}`;
    warn(settings, "WASM_UNREADABLE", message, reference);
    return undefined;
  }
}

function inspectLayer(layer: Descriptor): InspectedLayer {
  const { mediaType, digest, size } = layer;
  return { mediaType, title: titleOf(layer), digest, sizeBytes: size };
}
