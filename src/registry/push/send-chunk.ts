import type { Descriptor } from "../../core/index.ts";
import type { RegistryCalls } from "../calls.ts";
import type { BlobBytes } from "./blob-bytes.ts";
import { pushing, sessionOf, takenBytes, type UploadCall, type UploadSession } from "./upload-session.ts";

/** What {@link sendChunk} sends. */
export interface ChunkToSend {
  readonly blob: Descriptor;
  readonly session: UploadSession;
  readonly bytes: BlobBytes;
  /** The most bytes to send, where the registry does not want more in each. */
  readonly limit: number;
  readonly onProgress: (sentBytes: number) => void;
}

/** How long a registry may take to store what was sent, in milliseconds. */
const answerMs = 300_000;

const created: ReadonlySet<number> = new Set([201]);
const accepted: ReadonlySet<number> = new Set([202]);

/**
 * Sends what comes next of a blob: all that is left, which ends the upload (PUT), or one chunk of it (PATCH).
 * @returns how far the upload is; `undefined` when it is done
 * @throws {DistError} what `calls` and `bytes` throw
 */
export async function sendChunk(
  calls: RegistryCalls,
  call: UploadCall,
  { blob, session, bytes, limit, onProgress }: ChunkToSend,
): Promise<UploadSession | undefined> {
  const { location, offset, minChunkBytes } = session;
  const end = Math.min(blob.size, offset + Math.max(limit, minChunkBytes));
  const isLast = end === blob.size;
  const stop = new AbortController();
  const signal = call.signal === undefined ? stop.signal : AbortSignal.any([call.signal, stop.signal]);
  const body = {
    length: end - offset,
    async *[Symbol.asyncIterator]() {
      let sent = offset;
      for await (const chunk of bytes.read(offset, end, signal)) {
        yield chunk;
        sent += chunk.length;
        onProgress(sent);
      }
    },
  };
  const range = offset === 0 && isLast ? {} : { "content-range": `${offset}-${end - 1}` };
  const headers = { "content-type": "application/octet-stream", ...range };
  const request = { ...call, ...pushing, headers, body, answerMs };
  try {
    if (isLast) {
      const path = new URL(location);
      // Not by searchParams, which would spell the rest of the query anew: it may be signed.
      path.search += `${path.search === "" ? "?" : "&"}digest=${encodeURIComponent(blob.digest)}`;
      const { response } = await calls.send({ ...request, method: "PUT", path, accepted: created });
      response.discard();
      return undefined;
    }
    const exchange = await calls.send({ ...request, method: "PATCH", path: location, accepted });
    const taken = takenBytes(exchange.response);
    const isStep = taken !== undefined && taken > offset && taken <= end;
    return { ...sessionOf(exchange, isStep ? taken : end, location), minChunkBytes };
  } finally {
    // An answer may come before the whole body was wanted.
    stop.abort();
  }
}
