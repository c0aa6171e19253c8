import { DistError, throwIfAborted } from "../core/index.ts";
import { readComponentExport, readComponentImport } from "./component-externs.ts";
import { Cursor } from "./cursor.ts";
import { readModuleExport, readModuleImport } from "./module-externs.ts";
import { createWindow, type RandomAccess } from "./random-access.ts";
import { sniffShape } from "./shape.ts";
import type { WasmExtern } from "./wasm-extern.ts";

/** What a WebAssembly binary is, needs and offers, in the binary's order. */
export interface WasmInspection {
  readonly kind: "component" | "module";
  readonly imports: readonly WasmExtern[];
  readonly exports: readonly WasmExtern[];
}

/** How {@link inspectWasm} runs. */
export interface InspectWasmOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Upper bounds on the work that a hostile file can make. */
const bounds = {
  sections: 100_000,
  /** Imports and exports, in all. */
  externs: 100_000,
  /** Of the sections that list them, in all. */
  externBytes: 16_777_216,
} as const;

/** How the binary format of one layer differs from that of the other. */
interface Layer {
  readonly version: number;
  /** Whether a section may follow one whose id is `previous`; 0 for none. */
  readonly mayFollow: (id: number, previous: number) => boolean;
  readonly importSection: number;
  readonly exportSection: number;
  readonly readImport: (cursor: Cursor) => WasmExtern;
  readonly readExport: (cursor: Cursor) => WasmExtern;
}

/** In the order of the file, each at most once (core specification 3.0, "Modules"). */
const moduleSections: readonly number[] = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];

const layers: Readonly<Record<WasmInspection["kind"], Layer>> = {
  module: {
    version: 1,
    mayFollow: (id, previous) => moduleSections.indexOf(id) > moduleSections.indexOf(previous),
    importSection: 2,
    exportSection: 7,
    readImport: readModuleImport,
    readExport: readModuleExport,
  },
  component: {
    version: 0x0d,
    mayFollow: (id) => id <= 12,
    importSection: 10,
    exportSection: 11,
    readImport: readComponentImport,
    readExport: readComponentExport,
  },
};

/** A section's id and the number of its bytes. */
const maxSectionHeaderBytes = 6;
const preambleBytes = 8;
const customSection = 0;

/**
 * Lists what the component or core module `file` imports and exports. Reads the headers of its sections and the
 * sections that list imports and exports, at most 16 MiB of these; all else, components and modules inside it
 * included, is stepped over unread. So a file that is listed need not be valid.
 * Not read: values as imports or exports of components, and the compact encoding of a module's imports, both proposals.
 *
 * Formats: core specification 3.0, "Modules"; Component Model `Binary.md`, version 0x0d.
 *
 * @throws {DistError} UNUSABLE_ARTIFACT when the file is no such binary, malformed or over the bounds; ABORTED; and
 * what `file` throws
 */
export async function inspectWasm(
  file: RandomAccess,
  { signal }: InspectWasmOptions = {},
): Promise<WasmInspection> {
  const partAt = createWindow(file);
  const kind = parsePreamble(await partAt(0, preambleBytes));
  const layer = layers[kind];
  const imports: WasmExtern[] = [];
  const exports: WasmExtern[] = [];
  let previous = customSection;
  let sections = 0;
  let externBytes = 0;
  for (let position = preambleBytes; position < file.size;) {
    throwIfAborted(signal);
    const header = new Cursor(await partAt(position, maxSectionHeaderBytes), position);
    if (++sections > bounds.sections) throw header.malformed(`expected at most ${bounds.sections} sections`);
    const id = header.byte();
    if (id !== customSection) {
      if (!layer.mayFollow(id, previous)) throw header.malformed(`section ${id} must not be here`);
      previous = id;
    }
    const size = header.u32();
    const start = header.position;
    position = start + size;
    if (position > file.size) {
      throw header.malformed(`expected a section of ${size} bytes, got ${file.size - start}`);
    }
    const isImport = id === layer.importSection;
    if (!isImport && id !== layer.exportSection) continue;
    externBytes += size;
    if (externBytes > bounds.externBytes) {
      throw header.malformed(`expected at most ${bounds.externBytes} bytes of imports and exports`);
    }
    const body = new Cursor(await partAt(start, size), start);
    const most = bounds.externs - imports.length - exports.length;
    if (isImport) readList(body, most, layer.readImport, imports);
    else readList(body, most, layer.readExport, exports);
  }
  return { kind, imports, exports };
}

/** @throws {DistError} UNUSABLE_ARTIFACT */
function parsePreamble(preamble: Uint8Array): WasmInspection["kind"] {
  const shape = sniffShape(preamble);
  if (shape !== "component" && shape !== "module") {
    const message = `expected a WebAssembly component or module, got a file of ${shape} shape`;
    throw new DistError("UNUSABLE_ARTIFACT", message, {});
  }
  const cursor = new Cursor(preamble.subarray(4), 4);
  const version = cursor.byte() + cursor.byte() * 0x100;
  const expected = layers[shape].version;
  if (version !== expected) {
    const message = `expected a WebAssembly ${shape} of binary version ${expected}, got ${version}`;
    throw new DistError("UNUSABLE_ARTIFACT", message, {});
  }
  return shape;
}

/** Reads a `vec` that fills a section. */
function readList(
  cursor: Cursor,
  most: number,
  readOne: (cursor: Cursor) => WasmExtern,
  list: WasmExtern[],
): void {
  const count = cursor.u32();
  if (count > most) throw cursor.malformed(`expected at most ${bounds.externs} imports and exports`);
  for (let left = count; left > 0; left--) list.push(readOne(cursor));
  if (!cursor.isAtEnd) throw cursor.malformed(`expected the end of the section after ${count} entries`);
}
