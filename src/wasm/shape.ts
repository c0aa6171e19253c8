/** What a file is by its first bytes; `component` and `module` are WebAssembly. */
export type Shape =
  | "zip"
  | "tar"
  | "gzip"
  | "zstd"
  | "squashfs"
  | "json"
  | "component"
  | "module"
  | "unknown";

/** How much of a file {@link sniffShape} looks at: a tar header. */
export const shapeHeadBytes = 512;

const magics: readonly (readonly [Shape, readonly number[]])[] = [
  ["zip", [0x50, 0x4b, 0x03, 0x04]],
  ["zip", [0x50, 0x4b, 0x05, 0x06]], // without entries
  ["zip", [0x50, 0x4b, 0x07, 0x08]], // in parts
  ["gzip", [0x1f, 0x8b, 0x08]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["squashfs", [0x68, 0x73, 0x71, 0x73]],
];
const wasmMagic = [0x00, 0x61, 0x73, 0x6d];
const ustarMagic = [0x75, 0x73, 0x74, 0x61, 0x72];

/**
 * What a file that begins with `head` is. Give it {@link shapeHeadBytes}, or all bytes of a shorter file; of fewer,
 * some shapes are not seen.
 *
 * Formats: APPNOTE 6.3.10 section 4.3, RFC 1952 section 2.3.1, RFC 8878 section 3.1.1, POSIX.1-2024 `pax` ("ustar
 * Interchange Format"), squashfs 4.0, RFC 8259 section 2, Component Model `Binary.md` ("Component Definitions").
 */
export function sniffShape(head: Uint8Array): Shape {
  const bytes = head.subarray(0, shapeHeadBytes);
  const found = magics.find(([, magic]) => hasAt(bytes, 0, magic));
  if (found !== undefined) return found[0];
  if (hasAt(bytes, 0, wasmMagic)) return wasmShape(bytes);
  if (isTarHeader(bytes)) return "tar";
  return isJsonText(bytes) ? "json" : "unknown";
}

function hasAt(bytes: Uint8Array, offset: number, magic: readonly number[]): boolean {
  return magic.every((byte, i) => bytes[offset + i] === byte);
}

/** After the magic: a version and a layer, of two bytes each. */
function wasmShape(bytes: Uint8Array): Shape {
  if (hasAt(bytes, 6, [0, 0])) return "module";
  return hasAt(bytes, 6, [1, 0]) ? "component" : "unknown";
}

/** A header of before POSIX has no magic, but like any other the sum of its bytes, with spaces for the sum itself. */
function isTarHeader(bytes: Uint8Array): boolean {
  if (bytes.length < shapeHeadBytes) return false;
  if (hasAt(bytes, 257, ustarMagic)) return true;
  const field = bytes.subarray(148, 156);
  const [, digits] = /^ *([0-7]+)/.exec(String.fromCharCode(...field)) ?? [];
  const sum = sumOf(bytes) - sumOf(field) + field.length * 0x20;
  return digits !== undefined && Number.parseInt(digits, 8) === sum;
}

function sumOf(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => sum + byte, 0);
}

/** Whether a JSON object or array may begin like this. */
function isJsonText(bytes: Uint8Array): boolean {
  const first = bytes.find((byte) => !isJsonSpace(byte));
  if (first !== 0x7b && first !== 0x5b) return false;
  if (bytes.some((byte) => byte < 0x20 && !isJsonSpace(byte))) return false;
  try {
    // As a stream: the head may end inside a character.
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

function isJsonSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}
