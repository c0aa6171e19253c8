import type { HttpResponse } from "./http.ts";

const secondsPattern = /^\d{1,15}$/;
const datePattern = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
/** GHCR's own spelling, inside a message in its JSON: `retry-after: 454.162µs, allowed: 44000/minute`. */
const inBodyPattern = /retry-after: ?((?:\d{1,9}(?:\.\d{1,9})?(?:ns|us|µs|μs|ms|s|m|h)){1,4})/i;
const unitsInMs: Readonly<Record<string, number>> = { ns: 1e-6, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/**
 * How long the server asks to be left alone, in milliseconds: by the Retry-After header, else as GHCR says it in the
 * body; `undefined` when it does not say, or not in a form that is known.
 * @param nowMs what a date is counted from when the server does not say what time it has
 */
export function retryAfterOf(
  { header }: Pick<HttpResponse, "header">,
  body: Uint8Array,
  nowMs: number,
): number | undefined {
  const value = header("retry-after");
  if (value !== undefined) return parseRetryAfter(value, timeOf(header("date") ?? "") ?? nowMs);
  const [, duration] = inBodyPattern.exec(new TextDecoder().decode(body).replaceAll("\\u00b5", "µ")) ?? [];
  return duration === undefined ? undefined : parseDuration(duration);
}

/**
 * A Retry-After value (RFC 9110, section 10.2.3: seconds, or an IMF-fixdate) in milliseconds from `nowMs`; `undefined`
 * for anything else.
 */
export function parseRetryAfter(value: string, nowMs: number): number | undefined {
  const text = value.trim();
  if (secondsPattern.test(text)) return Number(text) * 1000;
  const time = timeOf(text);
  return time === undefined ? undefined : Math.max(time - nowMs, 0);
}

function timeOf(text: string): number | undefined {
  const time = datePattern.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

/** A duration as Go prints it: `1m30.5s`. */
function parseDuration(text: string): number {
  const parts = text.matchAll(/([\d.]+)(\D+?)(?=\d|$)/g);
  return [...parts].reduce((sum, [, count, unit = ""]) => sum + Number(count) * (unitsInMs[unit] ?? 1e-3), 0);
}
