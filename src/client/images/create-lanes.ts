import { unlessAborted } from "../../core/index.ts";

/**
 * Does work when there is room for it, in the order in which it came.
 * @throws {DistError} ABORTED when it was stopped before there was
 */
export type Lanes = <T>(work: () => Promise<T>, signal: AbortSignal | undefined) => Promise<T>;

/** How many blobs are written at once. Each may hold two connections to one host, which is asked eight things at once. */
const width = 4;

/** Makes {@link Lanes} for everything that a client writes: several copies could else wait for each other's connections. */
export function createLanes(): Lanes {
  const waiting: (() => void)[] = [];
  let running = 0;
  const take = (): Promise<void> => {
    if (running >= width) return new Promise((resolve) => waiting.push(resolve));
    running += 1;
    return Promise.resolve();
  };
  const release = (): void => {
    // Whoever waits takes the place over, so that nobody who comes now gets it first.
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  };
  return async (work, signal) => {
    const turn = take();
    try {
      await unlessAborted(turn, signal);
    } catch (error) {
      void turn.then(release);
      throw error;
    }
    try {
      return await work();
    } finally {
      release();
    }
  };
}
