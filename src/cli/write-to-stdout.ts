import { stdoutError } from "./stdout-error.ts";

/**
 * Takes bytes for stdout, and waits until they are written.
 * @throws {DistError} IO, DISK_FULL; also when nobody reads any more
 */
export function writeToStdout(chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    // Each write hears of its own error.
    if (process.stdout.listenerCount("error") === 0) process.stdout.on("error", () => undefined);
    // It is borrowed, and stdout may keep it.
    process.stdout.write(Buffer.from(chunk), (error) => (error ? reject(stdoutError(error)) : resolve()));
  });
}
