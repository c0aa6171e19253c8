import { stat } from "node:fs/promises";
import { isAbsolute, join, normalize } from "node:path";
import { readFile } from "node:fs/promises";
import { type Descriptor, DistError, errnoOf, mediaTypes, printable } from "../../core/index.ts";
import type { WasmInspection } from "../../wasm/index.ts";
import { parseComponentManifest } from "../pull/component-manifest.ts";
import type { PullContext } from "../pull/pull-context.ts";
import { inspectLayerFile, type LayerFile, layerOf, readLayerFile } from "./layer-file.ts";
import { packMediaTypes } from "./pack-media-type.ts";

/** A file that is pushed as a layer beside the artifact. */
export interface LayerToPush {
  readonly path: string;
  readonly mediaType: string;
}

/** Which files are pushed, and as what. */
export interface FilesToPush {
  /** Whether the file is a pack. Default: it is a component, or a core module. */
  readonly pack?: boolean | undefined;
  /** Of the artifact's layer. Default: `application/wasm`; of a pack, by its format. */
  readonly mediaType?: string | undefined;
  /** The component's `component.manifest.json`. Default: that in the folder, where a folder is pushed. */
  readonly componentManifest?: string | undefined;
  /** A README in Markdown. Default: none. */
  readonly readme?: string | undefined;
  /** More layers. Default: none. */
  readonly layers?: readonly LayerToPush[] | undefined;
}

/** What a push is made of. */
export interface ChosenLayers {
  /** The artifact first. */
  readonly layers: readonly (readonly [layer: Descriptor, file: LayerFile])[];
  readonly wasm: WasmInspection | undefined;
}

/**
 * Reads the files of a push, and refuses what is not what it is pushed as.
 * @throws {DistError} INVALID_INPUT, NOT_FOUND, UNUSABLE_ARTIFACT, IO, ABORTED
 */
export async function chooseLayers(
  context: PullContext,
  path: string,
  { pack = false, mediaType, componentManifest, readme, layers = [] }: FilesToPush,
  signal: AbortSignal | undefined,
): Promise<ChosenLayers> {
  const read = (file: string): Promise<LayerFile> => readLayerFile(context, file, signal);
  const folder = (await isFolder(path)) ? path : undefined;
  if (pack && folder !== undefined)
    throw refused(path, "is a folder, expected a pack", "name the .gtpack file");
  const manifestPath = componentManifest ?? (folder && join(folder, "component.manifest.json"));
  const given = componentManifest === undefined ? undefined : await read(componentManifest);
  const artifact = await read(folder === undefined ? path : await componentOf(folder, manifestPath ?? ""));
  const type = mediaType ?? (pack ? packType(artifact) : componentType(artifact));
  const isWasm = artifact.shape === "component" || artifact.shape === "module";
  const beside: (readonly [Descriptor, LayerFile])[] = [];
  if (manifestPath !== undefined) {
    const file = given ?? (await read(manifestPath));
    if (file.shape !== "json") throw refused(manifestPath, "is no JSON", "name a component.manifest.json");
    beside.push([layerOf(file, mediaTypes.componentManifest, "component.manifest.json"), file]);
  }
  const readmes = readme === undefined ? [] : [{ path: readme, mediaType: mediaTypes.markdown }];
  for (const one of [...readmes, ...layers]) {
    const file = await read(one.path);
    beside.push([layerOf(file, one.mediaType), file]);
  }
  return {
    layers: [[layerOf(artifact, type), artifact], ...beside],
    wasm: !pack && isWasm ? await inspectLayerFile(artifact, signal) : undefined,
  };
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    // Why it cannot be read is said by who reads it.
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}

/** The component that the component manifest in a folder names: a path inside the folder. */
async function componentOf(folder: string, manifestPath: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(manifestPath);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    throw refused(folder, "has no component.manifest.json", "name the .wasm file itself");
  }
  const { wasm } = parseComponentManifest(bytes);
  const inside = wasm === undefined ? "" : normalize(wasm);
  if (wasm === undefined || isAbsolute(inside) || inside.startsWith("..")) {
    const found =
      wasm === undefined ? "names no component" : `names \`${printable(wasm)}\`, which is not in its folder`;
    throw refused(manifestPath, found, "correct artifacts.component_wasm, or name the .wasm file itself");
  }
  return join(folder, inside);
}

function componentType({ path, shape }: LayerFile): string {
  if (shape === "component" || shape === "module") return mediaTypes.wasm;
  const isPack = shape in packMediaTypes;
  const hint = isPack ? "if it is a pack, say so with --pack" : "a component begins with the bytes `\\0asm`";
  throw refused(
    path,
    `is no WebAssembly, but of ${shape} shape`,
    `${hint}; anything else needs --media-type`,
  );
}

function packType({ path, shape }: LayerFile): string {
  const type = packMediaTypes[shape];
  if (type !== undefined) return type;
  const isWasm = shape === "component" || shape === "module";
  const hint = isWasm
    ? "leave --pack out to push a component"
    : "if it is one all the same, say what it is with --media-type";
  throw refused(path, `is no pack: it is of ${shape} shape`, hint);
}

function refused(path: string, what: string, hint: string): DistError<"INVALID_INPUT"> {
  const shown = printable(path);
  return new DistError("INVALID_INPUT", `\`${shown}\` ${what}`, { path: shown }, { hint });
}
