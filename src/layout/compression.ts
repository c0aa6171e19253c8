import type { Transform } from "node:stream";
import * as nodeZlib from "node:zlib";
import { errnoOf } from "../core/index.ts";
import type { ByteSource } from "../verify/index.ts";
import { invalidLayout } from "./invalid-layout.ts";

/** How an archive may be compressed. */
export type Compression = "gzip" | "zstd";

/** What every Node.js has of its module, and what only newer ones have. */
interface Zlib {
  readonly constants: typeof nodeZlib.constants & {
    readonly ZSTD_d_windowLogMax?: number;
    readonly ZSTD_c_checksumFlag?: number;
  };
  readonly createGunzip: typeof nodeZlib.createGunzip;
  readonly createZstdCompress?: (options: ZstdOptions) => Coder;
  readonly createZstdDecompress?: (options: ZstdOptions) => Coder;
}

interface ZstdOptions {
  readonly params: Readonly<Record<number, number>>;
}

/** A stream of `node:zlib`. */
type Coder = Transform & { readonly bytesWritten: number };

const zlib: Zlib = nodeZlib;

/** The memory that a zstd frame may ask for, as a power of two: what `zstd -19` writes needs a quarter of it. */
const windowLog = 25;
/** Text shrinks to a tenth, WebAssembly to a quarter. What grows more than this is made to fill a disk. */
const maxRatio = 100;
/** So much is never too much. */
const spareBytes = 64 * 1024 * 1024;

/** What the name of an archive says of how it is compressed; `undefined` when it says nothing. */
export function compressionNamed(path: string): Compression | undefined {
  if (/\.(?:gz|tgz)$/i.test(path)) return "gzip";
  return /\.(?:zst|tzst)$/i.test(path) ? "zstd" : undefined;
}

/** How these bytes, which begin an archive, are compressed; `undefined` when they are not. */
export function compressionOf(head: Uint8Array): Compression | undefined {
  const magic = Buffer.from(head.subarray(0, 4)).toString("hex");
  if (magic.startsWith("1f8b")) return "gzip";
  // A skippable frame may come first, as pzstd writes it.
  return /^(?:28b52ffd|5.2a4d18)$/.test(magic) ? "zstd" : undefined;
}

/**
 * Compressed bytes, as they were; several gzip members or zstd frames are one, as their tools take them (RFC 1952, 2.2; RFC
 * 8878, 3.1).
 * @param path names the archive in messages
 * @throws {DistError} INVALID_INPUT, also while they are read: malformed, cut off, something after their end, more than a
 * hundred times as many; or when this Node.js knows no zstd
 */
export async function* decompressed(source: ByteSource, compression: Compression, path: string): ByteSource {
  const chunks = source[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  let fed = 0;
  let made = 0;
  const input = async function* (): AsyncGenerator<Uint8Array, void> {
    if (rest.length > 0) yield rest;
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
      // It is borrowed, and the decoder may look at it later.
      rest = Buffer.from(next.value);
      fed += rest.length;
      yield rest;
    }
  };
  const decodeOn = async function* (): ByteSource {
    const before = fed - rest.length;
    const coder = decoderOf(compression, path);
    for await (const chunk of through(input(), coder)) {
      made += chunk.length;
      if (made > spareBytes + fed * maxRatio) {
        throw invalidLayout(
          path,
          `grows to more than ${maxRatio} times its size`,
          "decompress it, if that is meant",
        );
      }
      yield chunk;
    }
    rest = rest.subarray(rest.length - (fed - before - coder.bytesWritten));
  };
  try {
    yield* decodeOn();
    // Node's zstd decoder takes no more of a chunk than up to the end of a frame.
    if (compression === "zstd") while (rest.length > 0) yield* decodeOn();
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined || !/^(?:Z_|ZSTD_|ERR_ZSTD)/.test(code)) throw error;
    throw invalidLayout(
      path,
      `is no whole ${compression} file (${code})`,
      "it was cut off or changed: copy it again",
    );
  }
  if (rest.length > 0) throw invalidLayout(path, `has something after the end of its ${compression} data`);
}

/**
 * Bytes, compressed: the same bytes make the same ones with the same release of Node.js.
 * @throws {DistError} INVALID_INPUT when this Node.js knows no zstd
 */
export function compressed(source: ByteSource, compression: Compression, path: string): ByteSource {
  const input = async function* (): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of source) yield Buffer.from(chunk);
  };
  return through(input(), encoderOf(compression, path));
}

async function* through(source: AsyncIterable<Uint8Array>, coder: Coder): AsyncGenerator<Buffer, void> {
  void feed(source, coder);
  for await (const chunk of coder) if (Buffer.isBuffer(chunk)) yield chunk;
}

/**
 * Gives a coder all of `source`, or as much as it takes; an error of the source becomes the coder's, which is thrown where
 * it is read. The coder is told of the end when it has taken everything: of a last chunk and an end together Node's zstd
 * makes a frame and an empty one.
 */
async function feed(source: AsyncIterable<Uint8Array>, coder: Coder): Promise<void> {
  let given = 0;
  try {
    for await (const chunk of source) {
      await new Promise<void>((resolve, reject) => {
        coder.write(chunk, (error) => (error ? reject(error) : resolve()));
      });
      given += chunk.length;
      if (coder.bytesWritten < given) return;
    }
    coder.end();
  } catch (error) {
    coder.destroy(error instanceof Error ? error : new TypeError("the source of an archive failed"));
  }
}

function decoderOf(compression: Compression, path: string): Coder {
  if (compression === "gzip") return nodeZlib.createGunzip();
  const { createZstdDecompress, constants } = zlib;
  if (createZstdDecompress === undefined) throw noZstd(path);
  return createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax ?? 100]: windowLog } });
}

function encoderOf(compression: Compression, path: string): Coder {
  if (compression === "gzip") return nodeZlib.createGzip();
  const { createZstdCompress, constants } = zlib;
  if (createZstdCompress === undefined) throw noZstd(path);
  return createZstdCompress({ params: { [constants.ZSTD_c_checksumFlag ?? 201]: 1 } });
}

function noZstd(path: string): Error {
  const hint = "use Node.js 22.15 or later, or gzip";
  return invalidLayout(path, `needs zstd, which Node.js ${process.versions.node} does not have`, hint);
}
