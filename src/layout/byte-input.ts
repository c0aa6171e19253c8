import type { ByteSource } from "../verify/index.ts";
import { readable } from "./open-regular.ts";

/** Bytes that are read once, from their beginning to their end, some of them perhaps passed over. */
export interface ByteInput {
  /** How many bytes were read or passed over. */
  readonly position: () => number;
  /** The next bytes, at most `length`, and none only at the end. They are borrowed until the next call. */
  readonly next: (length: number) => Promise<Uint8Array>;
  /** Passes over the next bytes. Returns how many there were, which is less than `length` only at the end. */
  readonly skip: (length: number) => Promise<number>;
}

/** What is needed of an open file. Public types lead here, and not all who use them know Node's. */
interface ReadableFile {
  readonly stat: () => Promise<{ readonly size: number }>;
  readonly read: (
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ) => Promise<{ readonly bytesRead: number }>;
}

/** Hears how much was read or passed over; `totalBytes` is how much there is, where that is known. */
export type OnRead = (bytes: number, totalBytes: number | undefined) => void;

/** How much of a file is read at once, in bytes. */
const chunkBytes = 1024 * 1024;

/**
 * An open file from its beginning. What is passed over is not read.
 * @param path names it in messages
 */
export async function fileInput(file: ReadableFile, path: string, onRead?: OnRead): Promise<ByteInput> {
  const { size } = await file.stat();
  const buffer = new Uint8Array(Math.min(chunkBytes, Math.max(size, 512)));
  let position = 0;
  return {
    position: () => position,
    async next(length) {
      const wanted = Math.min(length, buffer.length);
      const { bytesRead } = await readable(path, () => file.read(buffer, 0, wanted, position));
      position += bytesRead;
      onRead?.(position, size);
      return buffer.subarray(0, bytesRead);
    },
    async skip(length) {
      const skipped = Math.min(length, Math.max(0, size - position));
      position += skipped;
      onRead?.(position, size);
      return skipped;
    },
  };
}

/** Bytes that come by themselves. Whoever gives up before their end closes `source`. */
export function streamInput(source: AsyncIterator<Uint8Array>, onRead?: OnRead): ByteInput {
  let rest: Uint8Array = new Uint8Array(0);
  let position = 0;
  const next = async (length: number): Promise<Uint8Array> => {
    while (rest.length === 0) {
      const { done, value } = await source.next();
      if (done === true) break;
      rest = value;
    }
    const taken = rest.subarray(0, length);
    rest = rest.subarray(taken.length);
    position += taken.length;
    onRead?.(position, undefined);
    return taken;
  };
  return {
    position: () => position,
    next,
    async skip(length) {
      let left = length;
      while (left > 0) {
        const { length: skipped } = await next(left);
        if (skipped === 0) break;
        left -= skipped;
      }
      return length - left;
    },
  };
}

/** The next `length` bytes in a copy of their own; fewer only at the end. */
export async function readExactly(input: ByteInput, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const chunk = await input.next(length - filled);
    if (chunk.length === 0) break;
    bytes.set(chunk, filled);
    filled += chunk.length;
  }
  return bytes.subarray(0, filled);
}

/** The next `length` bytes, borrowed chunk by chunk; fewer only at the end. */
export async function* readChunked(input: ByteInput, length: number): ByteSource {
  for (let left = length; left > 0;) {
    const chunk = await input.next(left);
    if (chunk.length === 0) return;
    left -= chunk.length;
    yield chunk;
  }
}
