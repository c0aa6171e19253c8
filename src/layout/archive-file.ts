import type { ByteSource } from "../verify/index.ts";
import { fileInput, type OnRead, readChunked, readExactly, streamInput } from "./byte-input.ts";
import { compressionOf, decompressed } from "./compression.ts";
import { openRegular } from "./open-regular.ts";
import { readTar, type TarEntry } from "./tar/read-tar.ts";

/** How many bytes say how an archive is compressed. */
const magicBytes = 4;

/** An archive that is held open. */
export interface ArchiveFile extends AsyncDisposable {
  /** Whether what is passed over in it must be read all the same. */
  readonly isCompressed: boolean;
  /** Its files, from the first one on. What is not read of them is passed over. */
  readonly entries: (onRead?: OnRead) => AsyncGenerator<TarEntry, void>;
  /** The bytes of a file in an archive that is not compressed. */
  readonly bytesAt: (entry: Pick<TarEntry, "offset" | "size">) => ByteSource;
}

/**
 * Opens a tar archive, compressed or not.
 * @throws {DistError} NOT_FOUND, INVALID_INPUT, IO
 */
export async function openArchive(path: string): Promise<ArchiveFile> {
  const file = await openRegular(path);
  try {
    const head = await readExactly(await fileInput(file, path), magicBytes);
    const compression = compressionOf(head);
    return {
      isCompressed: compression !== undefined,
      async *entries(onRead) {
        const input = await fileInput(file, path, onRead);
        if (compression === undefined) return yield* readTar(input, path);
        yield* tarEntries(decompressed(readChunked(input, Infinity), compression, path), path);
      },
      async *bytesAt({ offset, size }) {
        const input = await fileInput(file, path);
        await input.skip(offset);
        yield* readChunked(input, size);
      },
      [Symbol.asyncDispose]: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * The files of an archive that comes by itself, compressed or not.
 * @param path names it in messages
 * @throws {DistError} INVALID_INPUT, while they are read
 */
export async function* archiveEntries(
  source: ByteSource,
  path: string,
  onRead?: OnRead,
): AsyncGenerator<TarEntry, void> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    const input = streamInput(iterator, onRead);
    const head = await readExactly(input, magicBytes);
    const whole = joined(head, readChunked(input, Infinity));
    const compression = compressionOf(head);
    yield* tarEntries(compression === undefined ? whole : decompressed(whole, compression, path), path);
  } finally {
    await iterator.return?.();
  }
}

async function* tarEntries(source: ByteSource, path: string): AsyncGenerator<TarEntry, void> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    yield* readTar(streamInput(iterator), path);
  } finally {
    await iterator.return?.();
  }
}

async function* joined(head: Uint8Array, rest: ByteSource): ByteSource {
  yield head;
  yield* rest;
}
