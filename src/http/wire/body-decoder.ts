import type { ByteSource } from "./byte-source.ts";

/** Finds the bytes of one body, and its end, in what a source delivers. */
export interface BodyDecoder {
  /**
   * The next bytes of the body: a part of the source's view, which the caller consumes. `more` when the source must
   * deliver first, `end` when the body is whole.
   * @throws {MalformedResponse}
   */
  readonly next: (source: ByteSource) => Buffer | "more" | "end";
  /**
   * The source has no more bytes.
   * @throws {MalformedResponse} unless that is how this body ends
   */
  readonly sourceEnded: () => void;
}
