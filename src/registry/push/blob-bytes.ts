import type { Descriptor } from "../../core/index.ts";
import type { PartialBytes, RestOf } from "../../http/index.ts";
import { createVerifier } from "../../verify/index.ts";

/** Opens the bytes of a blob, or the rest of them where it can be had. */
export type OpenBytes = (signal: AbortSignal | undefined, rest?: RestOf) => Promise<PartialBytes>;

/** The bytes of one blob, hashed once however often they are read. */
export interface BlobBytes {
  /**
   * The bytes from `start` up to `end`. The last of them all come only when every byte was the right one.
   * @throws {DistError} SIZE_MISMATCH, DIGEST_MISMATCH; and what opening throws
   */
  readonly read: (
    start: number,
    end: number,
    signal: AbortSignal | undefined,
  ) => AsyncGenerator<Uint8Array, void>;
}

/**
 * Bytes that are verified while they are sent. What was read before is not hashed again, so that an upload which goes on
 * in the middle is verified like any other.
 */
export function createBlobBytes(
  { digest, size }: Pick<Descriptor, "digest" | "size">,
  open: OpenBytes,
  reference: string,
): BlobBytes {
  const verifier = createVerifier({ reference, digest, size, maxBytes: size });
  let hashed = 0;
  let isRight = false;

  function check(chunk: Uint8Array, position: number): void {
    const known = Math.max(0, hashed - position);
    if (known < chunk.length) {
      verifier.update(chunk.subarray(known));
      hashed = position + chunk.length;
    }
    if (hashed === size && !isRight) {
      verifier.finish();
      isRight = true;
    }
  }

  return {
    async *read(start, end, signal) {
      // What was never hashed cannot be passed over.
      const from = Math.min(start, hashed);
      const opened = await open(signal, from > 0 ? { offset: from, size, etag: undefined } : undefined);
      let position = opened.start ?? 0;
      if (size === 0) check(new Uint8Array(), 0);
      for await (const chunk of opened) {
        check(chunk, position);
        const wanted = chunk.subarray(Math.max(0, start - position), Math.max(0, end - position));
        position += chunk.length;
        if (wanted.length > 0) yield wanted;
        if (position >= end && end < size) return;
      }
      if (position < size) verifier.finish();
    },
  };
}
