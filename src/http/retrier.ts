/** How often something is tried again, and how long to wait before. */
export interface RetryPolicy {
  /** How often something is tried in all; 1 tries nothing again. */
  readonly attempts: number;
  /** The longest wait before the second attempt, in milliseconds; it doubles with each one. */
  readonly initialMs: number;
  /** The longest wait that we choose ourselves, in milliseconds. */
  readonly maxMs: number;
}

/** A wait that begins. */
export interface Wait {
  readonly for: "retry" | "rate-limit";
  /** The host that is waited for. */
  readonly subject: string;
  readonly seconds: number;
  /** What failed, and what comes next. */
  readonly detail: string;
}

/** What a {@link Retrier} works with. */
export interface RetrierOptions extends RetryPolicy {
  /** The clock, in milliseconds. */
  readonly now: () => number;
  /** At least 0 and less than 1. */
  readonly random: () => number;
  /** Rejects with ABORTED as soon as `signal` fires. */
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  readonly onWait: (wait: Wait) => void;
}

/** Something that failed and may be tried again. */
export interface FailedAttempt {
  /** Counts from 1. */
  readonly attempt: number;
  readonly url: URL;
  /** What happened, for people. */
  readonly reason: string;
  /** How long the server asks to be left alone, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** Whether all requests to this origin have to wait: the server is overloaded, or limits us. */
  readonly isOverload?: boolean | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Decides for one client whether to try again, and waits. */
export interface Retrier {
  /** Waits as long as the origin wants no request at all. @throws {DistError} ABORTED */
  readonly pass: (origin: string, signal: AbortSignal | undefined) => Promise<void>;
  /**
   * Whether there is to be another attempt; waits for its time when there is.
   * @throws {DistError} ABORTED
   */
  readonly again: (failed: FailedAttempt) => Promise<boolean>;
  /** Says that something worked: it earns half of an attempt. */
  readonly worked: () => void;
}

/** The longest wait that a server may ask for, in milliseconds; who asks for more is not asked again. */
export const maxRetryAfterMs = 60_000;

/**
 * What may be tried again before anything works. So a server that is gone, or a fleet in trouble, gets few more
 * requests than without retries, however many are made.
 */
const budget = 50;

/** A {@link Retrier} that has seen nothing fail. Waits are random up to a bound ("full jitter"). */
export function createRetrier(options: RetrierOptions): Retrier {
  const { attempts, initialMs, maxMs, now, random, sleep, onWait } = options;
  const pausedUntil = new Map<string, number>();
  let left = budget;

  async function pass(origin: string, signal: AbortSignal | undefined): Promise<void> {
    for (let seen: number | undefined; ;) {
      const until = pausedUntil.get(origin) ?? 0;
      // A clock that stands still or jumps must hold up nobody for longer than was asked for.
      if (until === seen || until <= now()) return;
      seen = until;
      await sleep(Math.min(until - now(), maxRetryAfterMs + initialMs), signal);
    }
  }

  async function again(failed: FailedAttempt): Promise<boolean> {
    const { attempt, url, reason, retryAfterMs, isOverload = false, signal } = failed;
    if (attempt >= attempts || left < 1 || (retryAfterMs ?? 0) > maxRetryAfterMs) return false;
    left -= 1;
    const ownMs = Math.min(maxMs, initialMs * 2 ** (attempt - 1));
    const waitMs = retryAfterMs === undefined ? random() * ownMs : retryAfterMs + random() * initialMs;
    const { origin, host } = url;
    const wait: Wait = {
      for: retryAfterMs === undefined ? "retry" : "rate-limit",
      subject: host,
      seconds: Math.round(waitMs / 10) / 100,
      detail: `${reason}; attempt ${attempt + 1} of ${attempts} follows`,
    };
    if (!isOverload) {
      onWait(wait);
      await sleep(waitMs, signal);
      return true;
    }
    const before = pausedUntil.get(origin) ?? 0;
    pausedUntil.set(origin, Math.max(before, now() + waitMs));
    if (before <= now()) onWait(wait);
    await pass(origin, signal);
    return true;
  }

  return {
    pass,
    again,
    worked: () => {
      left = Math.min(budget, left + 0.5);
    },
  };
}
