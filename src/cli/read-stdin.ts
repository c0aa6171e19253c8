import { abortedError, DistError, throwIfAborted } from "../core/index.ts";

/**
 * What stands on stdin, as it comes.
 * @throws {DistError} ABORTED, while it is read
 */
export async function* stdinChunks(signal: AbortSignal): AsyncGenerator<Buffer, void> {
  signal.addEventListener("abort", () => process.stdin.destroy(abortedError(signal)), { once: true });
  for await (const chunk of process.stdin) if (Buffer.isBuffer(chunk)) yield chunk;
  // Ctrl-C stops whoever writes too: a signal that comes with the end is heard first.
  await new Promise((resolve) => setImmediate(resolve));
  throwIfAborted(signal);
}

/**
 * All that stands on stdin.
 * @throws {DistError} INVALID_INPUT when that is more than `maxBytes`; ABORTED
 */
export async function readStdin(maxBytes: number, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stdinChunks(signal)) {
    length += chunk.length;
    if (length > maxBytes)
      throw new DistError("INVALID_INPUT", `stdin holds more than ${maxBytes} bytes`, {});
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
