import type { Blob } from "../../cache/index.ts";
import { throwIfAborted, unlessAborted } from "../../core/index.ts";

/** Bytes that are in the cache, and whether they had to be fetched. */
export interface BroughtBlob {
  readonly blob: Blob;
  readonly fetched: boolean;
}

interface Flight {
  readonly result: Promise<BroughtBlob>;
  readonly stop: AbortController;
  waiting: number;
}

/** Lets calls of one client that want the same bytes at the same time bring them once. */
export class SingleFlight {
  readonly #flights = new Map<string, Flight>();

  /**
   * Runs `start`, or waits for what another call started under the same key. When that fails this call tries itself,
   * for it may have another source. A run is stopped when nobody waits for it any more; the last one to leave stays
   * until it has ended, so that nothing goes on behind the caller's back.
   */
  async run(
    key: string,
    start: (signal: AbortSignal) => Promise<BroughtBlob>,
    signal: AbortSignal | undefined,
  ): Promise<BroughtBlob> {
    for (;;) {
      throwIfAborted(signal);
      const shared = this.#flights.get(key);
      try {
        const { blob, fetched } = await this.#wait(key, shared ?? this.#begin(key, start), signal);
        return { blob, fetched: fetched && shared === undefined };
      } catch (error) {
        if (shared === undefined || signal?.aborted) throw error;
      }
    }
  }

  #begin(key: string, start: (signal: AbortSignal) => Promise<BroughtBlob>): Flight {
    const stop = new AbortController();
    const result = start(stop.signal).finally(() => this.#forget(key, flight));
    const flight: Flight = { result, stop, waiting: 0 };
    this.#flights.set(key, flight);
    return flight;
  }

  async #wait(key: string, flight: Flight, signal: AbortSignal | undefined): Promise<BroughtBlob> {
    flight.waiting += 1;
    try {
      return await unlessAborted(flight.result, signal);
    } finally {
      flight.waiting -= 1;
      if (flight.waiting === 0 && this.#flights.get(key) === flight) {
        this.#forget(key, flight);
        flight.stop.abort(signal?.reason);
        await flight.result.catch(() => undefined);
      }
    }
  }

  #forget(key: string, flight: Flight): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }
}
