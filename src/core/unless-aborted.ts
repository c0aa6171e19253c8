import { abortedError } from "./errors.ts";

/**
 * What `result` comes to, for a caller that stops waiting when `signal` is aborted.
 * @throws {DistError} ABORTED
 */
export function unlessAborted<T>(result: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(abortedError(signal));
    if (signal?.aborted) leave();
    signal?.addEventListener("abort", leave, { once: true });
    void result.then(resolve, reject).finally(() => signal?.removeEventListener("abort", leave));
  });
}
