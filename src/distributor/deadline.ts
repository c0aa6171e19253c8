import { throwIfAborted } from "../core/index.ts";

/** A time after which `signal` is aborted, and the caller's own signal joined to it. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Whether it was the time, and not the caller. */
  readonly hasPassed: boolean;
  /** Begins to wait anew. */
  readonly extend: () => void;
  /** To be called when the work is done. Guests have no `Symbol.dispose`. */
  readonly close: () => void;
}

/**
 * A {@link Deadline} of `timeoutMs` from now.
 * @throws {DistError} ABORTED when the caller's signal is already aborted
 */
export function openDeadline(timeoutMs: number, caller: AbortSignal | undefined): Deadline {
  throwIfAborted(caller);
  const controller = new AbortController();
  let hasPassed = false;
  const pass = (): void => {
    hasPassed = true;
    controller.abort();
  };
  const forward = (): void => controller.abort(caller?.reason);
  let timer = setTimeout(pass, timeoutMs);
  caller?.addEventListener("abort", forward);
  return {
    signal: controller.signal,
    get hasPassed() {
      return hasPassed;
    },
    extend: () => {
      clearTimeout(timer);
      timer = setTimeout(pass, timeoutMs);
    },
    close: () => {
      clearTimeout(timer);
      caller?.removeEventListener("abort", forward);
    },
  };
}
