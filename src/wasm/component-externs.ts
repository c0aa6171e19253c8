import type { Cursor } from "./cursor.ts";
import type { WasmExtern, WasmExternKind } from "./wasm-extern.ts";

/** Values, sort 2, are not in the component model yet. */
const sorts: ReadonlyMap<number, WasmExternKind> = new Map([
  [1, "func"],
  [3, "type"],
  [4, "component"],
  [5, "instance"],
]);

/** Reads an import of a component (`Binary.md`, "Import and Export Definitions"). */
export function readComponentImport(cursor: Cursor): WasmExtern {
  const name = readName(cursor);
  return { name, kind: readDescription(cursor) };
}

/** Reads an export of a component (`Binary.md`, "Import and Export Definitions"). */
export function readComponentExport(cursor: Cursor): WasmExtern {
  const name = readName(cursor);
  const kind = readSort(cursor);
  cursor.u32();
  const hasDescription = cursor.byte();
  if (hasDescription > 1) throw cursor.malformed(`expected 0 or 1, got ${hasDescription}`);
  if (hasDescription === 1) readDescription(cursor);
  return { name, kind };
}

/** The form of a name that has attributes: the interface it implements, the rest of its version, an id. */
const attributedName = 2;
const versionSuffix = 1;
const lastAttribute = 2;

/** An extern name, with the whole version. Form 1, from before names had forms, is read by all tools like 0. */
function readName(cursor: Cursor): string {
  const form = cursor.byte();
  if (form > attributedName) throw cursor.malformed(`expected the form of a name, got ${form}`);
  const name = cursor.name();
  const attributes = new Map<number, string>();
  for (let left = form === attributedName ? cursor.u32() : 0; left > 0; left--) {
    const attribute = cursor.byte();
    if (attribute > lastAttribute || attributes.has(attribute)) {
      throw cursor.malformed(`expected another attribute of a name, got ${attribute}`);
    }
    attributes.set(attribute, cursor.name());
  }
  return name + (attributes.get(versionSuffix) ?? "");
}

/** An `externdesc` (`Binary.md`, "Type Definitions"): a sort and what is known of its type. */
function readDescription(cursor: Cursor): WasmExternKind {
  const sort = readSort(cursor);
  if (sort === "type") {
    const bound = cursor.byte();
    if (bound > 1) throw cursor.malformed(`expected the bound of a type, got ${bound}`);
    if (bound === 1) return sort;
  }
  cursor.u32();
  return sort;
}

/** A `sort` (`Binary.md`, "Instance Definitions"). Of the core sorts only modules are imported and exported. */
function readSort(cursor: Cursor): WasmExternKind {
  const code = cursor.byte();
  if (code === 0) {
    const coreSort = cursor.byte();
    if (coreSort !== 0x11) throw cursor.malformed(`expected the sort of a core module, got ${coreSort}`);
    return "module";
  }
  const sort = sorts.get(code);
  if (sort === undefined) throw cursor.malformed(`expected the sort of an import or export, got ${code}`);
  return sort;
}
