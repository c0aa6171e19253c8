import { throwIfAborted } from "../core/index.ts";
import { createVerifier, type Expected, type Measured } from "./verifier.ts";

/** Bytes in chunks. A chunk is borrowed: its memory may be used again once the next one is asked for. */
export type ByteSource = AsyncIterable<Uint8Array>;

/** In place of a chunk: what came so far does not count, and all bytes come again from the first one. */
export const startOver: unique symbol = Symbol("startOver");

/** Bytes in chunks that may start over (see {@link startOver}). */
export type RestartableSource = AsyncIterable<Uint8Array | typeof startOver>;

/** How {@link verifyInto} runs. */
export interface VerifyIntoOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called after each chunk with the bytes so far. */
  readonly onProgress?: ((receivedBytes: number) => void) | undefined;
  /** Called when the source starts over: what was written is to be given up. Default: it is written over. */
  readonly onStartOver?: (() => Promise<void>) | undefined;
}

/**
 * Moves `source` into `write` and checks it on the way: each chunk is hashed while it is being written, and the next
 * one is asked for when both are done.
 *
 * @throws {DistError} SIZE_MISMATCH, DIGEST_MISMATCH, ABORTED; and what `source` and `write` throw
 */
export async function verifyInto(
  source: RestartableSource,
  expected: Expected,
  write: (chunk: Uint8Array, position: number) => Promise<unknown>,
  { signal, onProgress, onStartOver }: VerifyIntoOptions = {},
): Promise<Measured> {
  let verifier = createVerifier(expected);
  let position = 0;
  for await (const chunk of source) {
    throwIfAborted(signal);
    if (chunk === startOver) {
      await onStartOver?.();
      verifier = createVerifier(expected);
      position = 0;
      continue;
    }
    const written = write(chunk, position);
    try {
      verifier.update(chunk);
    } finally {
      await written;
    }
    position += chunk.length;
    onProgress?.(position);
  }
  throwIfAborted(signal);
  return verifier.finish();
}

/**
 * `source` as a stream that fails instead of ending when it was not the expected bytes: whoever reads to the end
 * without an error has read the right ones.
 *
 * @throws {DistError} SIZE_MISMATCH, DIGEST_MISMATCH, while it is read
 */
export async function* verified(source: ByteSource, expected: Expected): AsyncGenerator<Uint8Array, void> {
  const verifier = createVerifier(expected);
  for await (const chunk of source) {
    verifier.update(chunk);
    yield chunk;
  }
  verifier.finish();
}
