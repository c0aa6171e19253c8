/** Into how many ticks a wait is divided: a timeout comes at most this fraction late. */
const ticks = 16;

/** Ends a wait that takes too long. One coarse timer, so that nothing is paid per chunk. */
export class Watchdog {
  #timer: NodeJS.Timeout | undefined;
  #ticksLeft = 0;

  /**
   * Calls `expired` after `ms` milliseconds, of which only those count in which `isWaiting`. Replaces an earlier
   * watch.
   */
  watch(ms: number, isWaiting: () => boolean, expired: () => void): void {
    this.stop();
    this.#ticksLeft = ticks;
    this.#timer = setInterval(() => {
      if (!isWaiting() || --this.#ticksLeft > 0) return;
      this.stop();
      expired();
    }, ms / ticks).unref();
  }

  /** Starts the current watch's time again. */
  refill(): void {
    this.#ticksLeft = ticks;
  }

  /** Ends the watch. */
  stop(): void {
    clearInterval(this.#timer);
  }
}
