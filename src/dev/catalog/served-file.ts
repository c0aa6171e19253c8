import type { OpenFile } from "../../cache/index.ts";
import type { Digest } from "../../core/index.ts";
import { streamFile } from "../stream-file.ts";
import type { ServedArtifact } from "./scan.ts";

/** An artifact whose file is held open, so that its digest and its bytes are of one file. */
export interface ServedFile extends AsyncDisposable {
  /** As it was when it was opened. */
  readonly artifact: ServedArtifact;
  /** Of its bytes. */
  readonly digest: Digest;
  /** Fills `buffer` with what begins at `position`. Returns how many bytes there were; 0 at the end. */
  readonly read: OpenFile["read"];
  /**
   * Its bytes from `start` up to, not including, `end`; all of them when nothing is said. The file is closed when the
   * stream ends or is cancelled, so there is one stream for each opened file. It fails when the file becomes shorter.
   */
  readonly stream: (start?: number, end?: number) => ReadableStream<Uint8Array>;
}

/** Makes a {@link ServedFile} of an open file. */
export function createServedFile(artifact: ServedArtifact, digest: Digest, file: OpenFile): ServedFile {
  return {
    artifact,
    digest,
    read: file.read,
    stream: (start = 0, end = artifact.sizeBytes) => streamFile(file, start, end),
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}
