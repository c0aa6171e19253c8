import { abortedError, throwIfAborted } from "../../core/index.ts";

/**
 * Waits, and no longer than until `signal` fires.
 * @throws {DistError} ABORTED
 */
export async function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  throwIfAborted(signal);
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", giveUp);
      resolve();
    }, ms);
    const giveUp = (): void => {
      clearTimeout(timer);
      reject(abortedError(signal));
    };
    signal?.addEventListener("abort", giveUp, { once: true });
  });
}
