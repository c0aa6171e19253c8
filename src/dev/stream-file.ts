import type { OpenFile } from "../cache/index.ts";

/** Most that is read at once, in bytes: larger pieces are sent no faster. */
const maxChunkBytes = 262_144;
const minChunkBytes = 16_384;
/** What all streams together hold in memory, about, in bytes: a thousand slow clients must not need a gigabyte. */
const memoryBytes = 33_554_432;

let streams = 0;

/**
 * The bytes of an open file from `start` up to, not including, `end`. Closes the file when they have been read, when
 * the stream is cancelled, and when reading fails; a file that ends before `end` is such a failure.
 */
export function streamFile(
  file: OpenFile,
  start: number,
  end: number,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let position = start;
  let isOpen = true;
  streams += 1;
  const close = async (): Promise<void> => {
    if (isOpen) streams -= 1;
    isOpen = false;
    await file[Symbol.asyncDispose]();
  };
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          // Begins small: of a thousand clients that come at once, the first does not know of the others.
          const share = position === start ? minChunkBytes : Math.floor(memoryBytes / streams);
          const size = Math.min(maxChunkBytes, Math.max(minChunkBytes, share));
          const chunk = new Uint8Array(Math.min(size, end - position));
          const bytesRead = await file.read(chunk, position);
          if (bytesRead === 0 && position < end) throw new Error("the file became shorter");
          position += bytesRead;
          if (bytesRead > 0) controller.enqueue(chunk.subarray(0, bytesRead));
          if (position < end) return;
          await close();
          controller.close();
        } catch (error) {
          await close();
          throw error;
        }
      },
      cancel: close,
    },
    { highWaterMark: 0 },
  );
}
