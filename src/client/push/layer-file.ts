import { realpath } from "node:fs/promises";
import { basename } from "node:path";
import { openFile } from "../../cache/index.ts";
import { type Descriptor, type Digest, DistError, printable } from "../../core/index.ts";
import { type ByteSource } from "../../verify/index.ts";
import {
  inspectWasm,
  type Shape,
  shapeHeadBytes,
  sniffShape,
  type WasmInspection,
} from "../../wasm/index.ts";
import type { PullContext } from "../pull/pull-context.ts";

/** A file that becomes a layer. */
export interface LayerFile {
  readonly path: string;
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
  /** What it is by its first bytes. */
  readonly shape: Shape;
  readonly open: () => Promise<ByteSource>;
}

/**
 * Hashes a file and looks at how it begins.
 * @throws {DistError} NOT_FOUND, INVALID_INPUT, IO, ABORTED
 */
export async function readLayerFile(
  { source, settings: { onEvent } }: PullContext,
  path: string,
  signal: AbortSignal | undefined,
): Promise<LayerFile> {
  const found = await source.resolve({ kind: "file", text: path, path }, { signal, onEvent });
  if (found.kind !== "content" || found.digest === undefined || found.size === undefined) {
    throw new TypeError("a file is a content of a known digest and size");
  }
  const { digest, size, open } = found;
  const shape = await withFile(path, async (read) =>
    sniffShape(await read(0, Math.min(size, shapeHeadBytes))),
  );
  return { path, digest, size, shape, open: () => open(undefined) };
}

/**
 * What a component or module imports and exports.
 * @throws {DistError} UNUSABLE_ARTIFACT
 */
export async function inspectLayerFile(
  { path, size }: LayerFile,
  signal: AbortSignal | undefined,
): Promise<WasmInspection> {
  return withFile(path, (read) => inspectWasm({ size, read }, { signal }));
}

/** The layer that a file is, under its own name. */
export function layerOf(
  { path, digest, size }: LayerFile,
  mediaType: string,
  title: string = basename(path),
): Descriptor {
  const annotations = new Map([["org.opencontainers.image.title", title]]);
  return { mediaType, digest, size, artifactType: undefined, annotations, platform: undefined };
}

type Read = (position: number, length: number) => Promise<Uint8Array>;

async function withFile<T>(path: string, work: (read: Read) => Promise<T>): Promise<T> {
  await using file = await openFile(await realpath(path));
  if (file === undefined) throw gone(path);
  return await work(async (position, length) => {
    const buffer = new Uint8Array(length);
    return buffer.subarray(0, await file.read(buffer, position));
  });
}

function gone(path: string): DistError<"NOT_FOUND"> {
  const shown = printable(path);
  return new DistError("NOT_FOUND", `file \`${shown}\` is not there any more`, { path: shown });
}
