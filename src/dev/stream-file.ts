import type { FileHandle } from "node:fs/promises";

/** How much is read at once, in bytes: what one slow client keeps in memory is two of these. */
const chunkBytes = 131_072;

/**
 * The bytes of an open file from `start` up to, not including, `end`. Closes the file when they have been read, when
 * the stream is cancelled, and when reading fails; a file that ends before `end` is such a failure.
 */
export function streamFile(file: FileHandle, start: number, end: number): ReadableStream<Uint8Array> {
  let position = start;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const length = Math.min(chunkBytes, end - position);
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(length), 0, length, position);
        if (bytesRead === 0 && length > 0) throw new Error(`the file ends ${end - position} bytes too early`);
        position += bytesRead;
        if (bytesRead > 0) controller.enqueue(buffer.subarray(0, bytesRead));
        if (position < end) return;
        await file.close();
        controller.close();
      } catch (error) {
        await file.close();
        throw error;
      }
    },
    cancel: () => file.close(),
  });
}
