import type { OpenFile } from "../../cache/index.ts";
import type { Digest } from "../../core/index.ts";
import type { ServedArtifact } from "./scan.ts";

/** How much of a file is read at once, in bytes. */
const chunkSize = 256 * 1024;

/** An artifact whose file is held open, so that its digest and its bytes are of one file. */
export interface ServedFile extends AsyncDisposable {
  /** As it was when it was opened. */
  readonly artifact: ServedArtifact;
  /** Of its bytes. */
  readonly digest: Digest;
  /**
   * Its bytes from `start` up to, not including, `end`; all of them when nothing is said. The file is closed when the
   * stream ends or is cancelled, so there is one stream for each opened file. It fails when the file becomes shorter.
   */
  readonly stream: (start?: number, end?: number) => ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** Makes a {@link ServedFile} of an open file. */
export function createServedFile(artifact: ServedArtifact, digest: Digest, file: OpenFile): ServedFile {
  const close = (): Promise<void> => file[Symbol.asyncDispose]();
  return {
    artifact,
    digest,
    stream(start = 0, end = artifact.sizeBytes) {
      let position = start;
      const pull = async (controller: ReadableStreamDefaultController): Promise<void> => {
        const chunk = new Uint8Array(Math.min(chunkSize, end - position));
        const bytesRead = await file.read(chunk, position);
        if (bytesRead === 0 && position < end) throw new Error(`${artifact.path} became shorter`);
        position += bytesRead;
        if (bytesRead > 0) controller.enqueue(chunk.subarray(0, bytesRead));
        if (position < end) return;
        await close();
        controller.close();
      };
      return new ReadableStream(
        {
          async pull(controller) {
            try {
              await pull(controller);
            } catch (error) {
              await close();
              throw error;
            }
          },
          cancel: close,
        },
        { highWaterMark: 0 },
      );
    },
    [Symbol.asyncDispose]: close,
  };
}
