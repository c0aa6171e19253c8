/** Longest wait that a server may ask for, in milliseconds. */
const maxWaitMs = 60_000;

const secondsPattern = /^\d{1,10}$/;
const datePattern = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * How long a Retry-After value asks to wait (RFC 9110, section 10.2.3: seconds, or an IMF-fixdate), in milliseconds
 * from `nowMs` and at most 60,000; `undefined` for anything else.
 */
export function parseRetryAfter(value: string, nowMs: number): number | undefined {
  const text = value.trim();
  const waitMs = secondsPattern.test(text)
    ? Number(text) * 1000
    : datePattern.test(text)
      ? Date.parse(text) - nowMs
      : Number.NaN;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), maxWaitMs);
}
