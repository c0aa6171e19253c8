/** The unit of a tar archive, in bytes: headers are one, and what follows them is filled up to whole ones. */
export const blockBytes = 512;

/** What a header says (POSIX.1-2017, pax, "ustar Interchange Format"), and GNU tar's for numbers that are too large for it. */
export interface TarHeader {
  readonly name: string;
  /** One character: `0` a file, `5` a folder, `x` a pax header that belongs to the entry after it. */
  readonly type: string;
  /** In bytes. */
  readonly size: number;
}

/** A header, or what is wrong with it: continues a sentence that begins with the entry. */
export type DecodedHeader = TarHeader | { readonly flaw: string };

/** Where a field lies: its first byte, and how many there are. */
type Field = readonly [offset: number, length: number];

const fields = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  linkName: [157, 100],
  magic: [257, 8],
  prefix: [345, 155],
} as const satisfies Readonly<Record<string, Field>>;

const posixMagic = "ustar\x0000";
const gnuMagic = "ustar  \0";

/** Decodes a block that is not all zeros. Fields that have no meaning for a file's bytes are not looked at. */
export function decodeHeader(block: Uint8Array): DecodedHeader {
  const magic = latin1(bytesOf(block, fields.magic));
  if (magic !== posixMagic && magic !== gnuMagic) return { flaw: "has no header of a POSIX or GNU tar" };
  if (numberOf(bytesOf(block, fields.checksum)) !== checksumOf(block))
    return { flaw: "has a wrong checksum" };
  const size = numberOf(bytesOf(block, fields.size));
  if (size === undefined) return { flaw: "has no valid size" };
  const name = textOf(bytesOf(block, fields.name));
  // GNU tar keeps times where POSIX has the beginning of a long name.
  const prefix = magic === posixMagic ? textOf(bytesOf(block, fields.prefix)) : "";
  if (name === undefined || prefix === undefined) return { flaw: "has a name that is no text" };
  const type = latin1(bytesOf(block, fields.type));
  return { name: prefix === "" ? name : `${prefix}/${name}`, type: type === "\0" ? "0" : type, size };
}

/**
 * Encodes a header with nothing in it of this machine or time: mode 0644, owner 0, 1970.
 * @throws {TypeError} when the name has more than 100 bytes, or the size more than 11 octal digits
 */
export function encodeHeader({ name, type, size }: TarHeader): Uint8Array {
  const block = Buffer.alloc(blockBytes);
  const put = ([offset, length]: Field, text: string): void => {
    if (Buffer.byteLength(text) > length) throw new TypeError(`a tar header has no room for ${text}`);
    block.write(text, offset);
  };
  put(fields.name, name);
  put(fields.mode, octal(0o644, fields.mode));
  put(fields.uid, octal(0, fields.uid));
  put(fields.gid, octal(0, fields.gid));
  put(fields.size, octal(size, fields.size));
  put(fields.mtime, octal(0, fields.mtime));
  put(fields.type, type);
  put(fields.magic, posixMagic);
  put(fields.checksum, `${checksumOf(block).toString(8).padStart(6, "0")}\0 `);
  return block;
}

function octal(value: number, [, length]: Field): string {
  return value.toString(8).padStart(length - 1, "0");
}

/** The sum of all bytes, those of the checksum itself taken for spaces. */
function checksumOf(block: Uint8Array): number {
  const [start, length] = fields.checksum;
  let sum = length * 0x20;
  for (const [i, byte] of block.entries()) if (i < start || i >= start + length) sum += byte;
  return sum;
}

/** Octal digits, or a number in 256s (GNU tar, for files of 8 GiB and more); `undefined` for anything else. */
function numberOf(field: Uint8Array): number | undefined {
  const digits = /^ *([0-7]+)[ \0]*$/.exec(latin1(field))?.[1];
  if (digits !== undefined) return Number.parseInt(digits, 8);
  if (field[0] !== 0x80) return undefined;
  const value = field.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** The text before the first NUL; `undefined` when something follows that, or it is no UTF-8. */
function textOf(field: Uint8Array): string | undefined {
  const end = field.indexOf(0);
  const text = end < 0 ? field : field.subarray(0, end);
  return end >= 0 && field.subarray(end).some((byte) => byte !== 0) ? undefined : utf8(text);
}

/** UTF-8 as text; `undefined` when it is none. */
export function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function bytesOf(block: Uint8Array, [offset, length]: Field): Uint8Array {
  return block.subarray(offset, offset + length);
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}
