import type { OpenFile } from "../cache/index.ts";

/** How much is read at once where the reader brings no buffer of its own, in bytes. */
const autoAllocateChunkSize = 65_536;

/**
 * The bytes of an open file from `start` up to, not including, `end`: a byte stream, which reads into its reader's
 * buffers where that brings some. Closes the file when they have been read, when the stream is cancelled, and when
 * reading fails; a file that ends before `end` is such a failure.
 */
export function streamFile(file: OpenFile, start: number, end: number): ReadableStream<Uint8Array> {
  const close = (): Promise<void> => file[Symbol.asyncDispose]();
  let position = start;
  return new ReadableStream({
    type: "bytes",
    autoAllocateChunkSize,
    async start(controller) {
      if (start < end) return;
      await close();
      controller.close();
    },
    async pull(controller) {
      try {
        const request: unknown = controller.byobRequest;
        if (!isReadInto(request)) return;
        const { buffer, byteOffset, byteLength } = request.view;
        const space = new Uint8Array(buffer, byteOffset, Math.min(byteLength, end - position));
        const bytesRead = await file.read(space, position);
        if (bytesRead === 0) throw new Error("the file became shorter");
        position += bytesRead;
        if (position === end) await close();
        request.respond(bytesRead);
        if (position === end) controller.close();
      } catch (error) {
        await close();
        throw error;
      }
    },
    cancel: close,
  });
}

/** What `byobRequest` is (WHATWG Streams, 4.7), which the types of Node 20 do not say. */
interface ReadInto {
  readonly view: Uint8Array<ArrayBuffer>;
  readonly respond: (bytesWritten: number) => void;
}

function isReadInto(value: unknown): value is ReadInto {
  return typeof value === "object" && value !== null && "view" in value && value.view instanceof Uint8Array;
}
