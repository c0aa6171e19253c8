import type { Cursor } from "./cursor.ts";
import type { WasmExtern, WasmExternKind } from "./wasm-extern.ts";

const kinds: readonly WasmExternKind[] = ["func", "table", "memory", "global", "tag"];

/** Reads an import of a core module (core specification 3.0, "Import Section"). */
export function readModuleImport(cursor: Cursor): WasmExtern {
  const name = `${cursor.name()}.${cursor.name()}`;
  const kind = readKind(cursor);
  skipType(cursor, kind);
  return { name, kind };
}

/** Reads an export of a core module (core specification 3.0, "Export Section"). */
export function readModuleExport(cursor: Cursor): WasmExtern {
  const name = cursor.name();
  const kind = readKind(cursor);
  cursor.u32();
  return { name, kind };
}

function readKind(cursor: Cursor): WasmExternKind {
  const code = cursor.byte();
  const kind = kinds[code];
  if (kind === undefined) throw cursor.malformed(`expected the kind of an import or export, got ${code}`);
  return kind;
}

/** Steps over an external type ("External Types"): it is looked at only as far as it says how long it is. */
function skipType(cursor: Cursor, kind: WasmExternKind): void {
  if (kind === "tag") expectAtMost(cursor, 0, "the attribute of a tag");
  if (kind === "func" || kind === "tag") cursor.u32();
  if (kind === "table" || kind === "global") skipValueType(cursor);
  if (kind === "table" || kind === "memory") skipLimits(cursor);
  if (kind === "global") expectAtMost(cursor, 1, "the mutability of a global");
}

function skipValueType(cursor: Cursor): void {
  const code = cursor.byte();
  if (code === 0x63 || code === 0x64) {
    // A reference to a heap type, which is a signed number of 33 bits: of five bytes at most.
    cursor.unsigned(35);
  } else if (code < 0x69 || code > 0x7f) {
    throw cursor.malformed(`expected a value type, got ${code}`);
  }
}

/** "Limits". Flags: 1 a maximum follows, 2 shared and 8 a page size follows (from proposals), 4 addresses of 64 bits. */
function skipLimits(cursor: Cursor): void {
  const flags = expectAtMost(cursor, 0x0f, "the flags of limits");
  cursor.unsigned(64);
  if ((flags & 0x01) !== 0) cursor.unsigned(64);
  if ((flags & 0x08) !== 0) cursor.u32();
}

function expectAtMost(cursor: Cursor, most: number, what: string): number {
  const code = cursor.byte();
  if (code > most) throw cursor.malformed(`expected ${what}, got ${code}`);
  return code;
}
