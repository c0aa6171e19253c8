import { printable } from "../../core/index.ts";
import type { ByteSource } from "../../verify/index.ts";
import { type ByteInput, readChunked, readExactly } from "../byte-input.ts";
import { invalidLayout } from "../invalid-layout.ts";
import { createNameCheck } from "./name-check.ts";
import { decodePaxRecords, type PaxRecords } from "./pax-records.ts";
import { blockBytes, decodeHeader, type TarHeader } from "./tar-header.ts";

/** A file in a tar archive. */
export interface TarEntry {
  /** A relative path: no `.`, no `..`, `/` between its parts. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** Where its bytes begin in the archive. */
  readonly offset: number;
  /** Its bytes, borrowed, to be read before the next entry is asked for. */
  readonly bytes: ByteSource;
}

const maxEntries = 65_536;
const maxPaxBytes = 64 * 1024;
/** Zeros that may follow the end: tar fills up to whole records, which may be of that size. */
const maxPaddingBytes = 1024 * 1024;

/**
 * The files of a tar archive, in its order. Strict, for what two readers may understand in two ways is an attack: only
 * files and folders, each name once and inside, every checksum right, two blocks of zeros at the end, and nothing after
 * them.
 * @param path names the archive in messages
 * @throws {DistError} INVALID_INPUT, while it is read
 */
export async function* readTar(input: ByteInput, path: string): AsyncGenerator<TarEntry, void> {
  const checkName = createNameCheck();
  const wrong = (flaw: string): Error => invalidLayout(path, `is no archive that can be used: ${flaw}`, hint);
  let pax: PaxRecords | undefined;
  for (let count = 1; ; count++) {
    if (count > maxEntries) throw wrong(`it has more than ${maxEntries} entries`);
    const entry = (flaw: string, name?: string): Error =>
      wrong(`entry ${count}${name === undefined ? "" : ` (\`${printable(name)}\`)`} ${flaw}`);
    const block = await readExactly(input, blockBytes);
    if (block.length < blockBytes) throw wrong("it is cut off");
    if (isZero(block)) {
      if (pax !== undefined) throw entry("has a pax header and nothing after it");
      const flaw = await flawOfEnd(input);
      if (flaw !== undefined) throw wrong(flaw);
      return;
    }
    const header = decodeHeader(block);
    if ("flaw" in header) throw entry(header.flaw);
    if (header.type === "x") {
      if (pax !== undefined) throw entry("has two pax headers");
      pax = await readPax(input, header, (flaw) => entry(flaw));
      continue;
    }
    const { type } = header;
    const { path: name = header.name, size = header.size } = pax ?? {};
    pax = undefined;
    const kind = type === "0" ? "file" : type === "5" ? "folder" : undefined;
    if (kind === undefined) throw entry(`is ${describe(type)}; only files and folders are allowed`, name);
    if (kind === "folder" && size !== 0) throw entry("is a folder that has bytes", name);
    const checked = checkName(name, kind);
    if ("flaw" in checked) throw entry(checked.flaw, name);
    if (kind === "folder") continue;
    const offset = input.position();
    yield { name: checked.name, size, offset, bytes: wholly(input, size, () => wrong("it is cut off")) };
    const left = offset + Math.ceil(size / blockBytes) * blockBytes - input.position();
    if ((await input.skip(left)) < left) throw wrong("it is cut off");
  }
}

const hint = "make it again with `greentic-dist save`, or with `skopeo copy … oci-archive:…`";

async function readPax(
  input: ByteInput,
  { size }: TarHeader,
  wrong: (flaw: string) => Error,
): Promise<PaxRecords> {
  if (size > maxPaxBytes) throw wrong(`has a pax header of more than ${maxPaxBytes} bytes`);
  const filled = Math.ceil(size / blockBytes) * blockBytes;
  const bytes = await readExactly(input, filled);
  if (bytes.length < filled) throw wrong("is cut off");
  const records = decodePaxRecords(bytes.subarray(0, size));
  if ("flaw" in records) throw wrong(records.flaw);
  return records;
}

async function* wholly(input: ByteInput, size: number, cutOff: () => Error): ByteSource {
  const start = input.position();
  yield* readChunked(input, size);
  if (input.position() - start < size) throw cutOff();
}

/** Reads what follows the first block of zeros. */
async function flawOfEnd(input: ByteInput): Promise<string | undefined> {
  const start = input.position();
  for (;;) {
    const chunk = await input.next(blockBytes * 128);
    if (chunk.length === 0) break;
    if (!isZero(chunk)) return "something follows its end";
    if (input.position() - start > maxPaddingBytes) return "more zeros follow its end than tar writes";
  }
  return input.position() - start < blockBytes ? "it is cut off" : undefined;
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

/** What the types of entries are that a layout has no use for. */
function describe(type: string): string {
  const kinds: Readonly<Record<string, string>> = {
    "1": "a hard link",
    "2": "a symbolic link",
    "3": "a device",
    "4": "a device",
    "6": "a pipe",
    "7": "a contiguous file",
    S: "a sparse file",
    g: "a header for all entries",
    L: "a name of more than 100 characters",
    K: "a link's name of more than 100 characters",
  };
  return kinds[type] ?? `of type \`${printable(type)}\``;
}
