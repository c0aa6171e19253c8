import { throwIfAborted, unlessAborted } from "../../core/index.ts";

/**
 * Runs `start`, or joins the run that others of this key are waiting for. A caller that stops waiting (`signal`) does
 * not disturb the others; when the last one has gone, the run is aborted.
 */
export type ShareRun<T> = (
  key: string,
  start: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal | undefined,
) => Promise<T>;

/** Lets callers that want the same thing at the same time do it once. */
export function createSharedRuns<T>(): ShareRun<T> {
  const runs = new Map<
    string,
    { readonly result: Promise<T>; readonly stop: AbortController; waiting: number }
  >();
  return async (key, start, signal) => {
    throwIfAborted(signal);
    let run = runs.get(key);
    if (run === undefined) {
      const stop = new AbortController();
      run = { result: start(stop.signal), stop, waiting: 0 };
      runs.set(key, run);
    }
    run.waiting += 1;
    try {
      return await unlessAborted(run.result, signal);
    } finally {
      run.waiting -= 1;
      if (run.waiting === 0) {
        runs.delete(key);
        run.stop.abort();
      }
    }
  };
}
