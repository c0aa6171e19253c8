import { abortedError, DistError } from "../core/index.ts";

/**
 * All that stands on stdin.
 * @throws {DistError} INVALID_INPUT when that is more than `maxBytes`; ABORTED
 */
export async function readStdin(maxBytes: number, signal: AbortSignal): Promise<Buffer> {
  signal.addEventListener("abort", () => process.stdin.destroy(abortedError(signal)), { once: true });
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > maxBytes)
      throw new DistError("INVALID_INPUT", `stdin holds more than ${maxBytes} bytes`, {});
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
