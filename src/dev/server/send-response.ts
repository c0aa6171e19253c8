import type { ServerResponse } from "node:http";

let responses = 0;

/**
 * Sends `response` and ends `outgoing`. Reads its body no faster than the client takes it, and cancels it when the
 * client goes away. A body that fails breaks the connection, so that nobody takes the part for the whole.
 * @param onSent hears how many bytes of the body were handed to the connection
 * @throws what the body fails with, while the client is there
 */
export async function sendResponse(
  { status, headers, body }: Response,
  outgoing: ServerResponse,
  onSent: (bytes: number) => void,
): Promise<void> {
  const reader = body === null ? undefined : readerOf(body);
  // What a body fails with that nobody waits for any more concerns nobody.
  const onClose = (): void => void reader?.cancel().catch(() => undefined);
  outgoing.once("close", onClose);
  // It may have gone before there was a response.
  if (outgoing.destroyed) onClose();
  responses += 1;
  try {
    outgoing.setHeaders(headers).writeHead(status);
    // Events have to wait for nothing; a body of known length goes with its head.
    if (reader !== undefined && !headers.has("content-length")) outgoing.flushHeaders();
    if (reader !== undefined) await sendBody(reader, outgoing, onSent);
    outgoing.end();
  } catch (error) {
    if (outgoing.destroyed) return;
    outgoing.destroy();
    throw error;
  } finally {
    responses -= 1;
  }
}

/** Reads one piece while the one before is written; a byte stream reads into two buffers that are used again. */
async function sendBody(
  reader: ReadableStreamBYOBReader | ReadableStreamDefaultReader<Uint8Array>,
  outgoing: ServerResponse,
  onSent: (bytes: number) => void,
): Promise<void> {
  let size = firstBytes;
  let spare: ArrayBufferLike | undefined;
  let before: { readonly buffer: ArrayBufferLike; readonly isWritten: Promise<void> } | undefined;
  for (;;) {
    const buffer = spare?.byteLength === size ? spare : new ArrayBuffer(size);
    const { value, done } = await reader.read(new Uint8Array(buffer));
    if (done || outgoing.destroyed) return;
    onSent(value.length);
    const isWritten = write(outgoing, value);
    await before?.isWritten;
    spare = before?.buffer;
    before = { buffer: value.buffer, isWritten };
    size = pieceBytes();
  }
}

/** Of a thousand clients that come at once, the first does not know of the others. */
const firstBytes = 16_384;

/** How much is read at once, in bytes. Larger pieces are sent no faster; many slow clients must not fill the memory. */
function pieceBytes(): number {
  if (responses <= 64) return 262_144;
  return responses <= 512 ? 32_768 : 16_384;
}

function readerOf(
  body: ReadableStream<Uint8Array>,
): ReadableStreamBYOBReader | ReadableStreamDefaultReader<Uint8Array> {
  try {
    return body.getReader({ mode: "byob" });
  } catch (error) {
    // No byte stream.
    if (!(error instanceof TypeError)) throw error;
    return body.getReader();
  }
}

/** Waits until `piece` has been handed to the system, or nothing ever will. */
function write(outgoing: ServerResponse, piece: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      outgoing.off("close", done);
      resolve();
    };
    outgoing.on("close", done);
    outgoing.write(piece, done);
  });
}
