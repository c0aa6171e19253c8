import type { ByteSource } from "../../verify/index.ts";
import { blockBytes, encodeHeader } from "./tar-header.ts";

/** A file that goes into an archive. */
export interface NewTarEntry {
  /** At most 100 bytes. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** Opened when its turn comes. */
  readonly open: () => ByteSource;
}

/** The largest size that a header has room for. */
const maxHeaderSize = 0o77777777777;

/**
 * A tar archive (POSIX.1-2017, pax) with these files, in this order, chunk by chunk; each is borrowed. The same files make
 * the same bytes, whoever writes them and when.
 * @throws {TypeError} when a file turns out to have another size
 */
export async function* writeTar(entries: Iterable<NewTarEntry>): AsyncGenerator<Uint8Array, void> {
  for (const { name, size, open } of entries) {
    if (size > maxHeaderSize) yield* paxSize(size);
    yield encodeHeader({ name, type: "0", size: size > maxHeaderSize ? 0 : size });
    let written = 0;
    for await (const chunk of open()) {
      written += chunk.length;
      yield chunk;
    }
    if (written !== size) throw new TypeError(`${name} has ${written} bytes, expected ${size}`);
    yield* filling(size);
  }
  yield new Uint8Array(2 * blockBytes);
}

/** A pax header that says the size of the entry after it. */
function* paxSize(size: number): Generator<Uint8Array, void> {
  const text = ` size=${size}\n`;
  const record = Buffer.from(`${text.length + 2}${text}`);
  yield encodeHeader({ name: "pax", type: "x", size: record.length });
  yield record;
  yield* filling(record.length);
}

function* filling(size: number): Generator<Uint8Array, void> {
  const left = size % blockBytes;
  if (left > 0) yield new Uint8Array(blockBytes - left);
}
