import { expect, it } from "vitest";
import { parseRetryAfter } from "./retry-after.ts";

const now = Date.parse("2026-01-01T00:00:00Z");

it.each([
  ["0", 0],
  ["1", 1000],
  [" 30 ", 30_000],
  ["60", 60_000],
  ["61", 60_000],
  ["1000000000", 60_000],
  ["Thu, 01 Jan 2026 00:00:30 GMT", 30_000],
  ["Fri, 02 Jan 2026 00:00:00 GMT", 60_000],
  ["Wed, 31 Dec 2025 23:59:59 GMT", 0],
  ["99999999999", undefined],
  ["1e12", undefined],
  ["-1", undefined],
  ["1.5", undefined],
  ["", undefined],
  ["soon", undefined],
  ["2026-01-01T00:00:30Z", undefined],
  ["Thu, 99 Foo 2026 00:00:30 GMT", undefined],
])("%j asks to wait %s ms", (value, waitMs) => {
  expect(parseRetryAfter(value, now)).toBe(waitMs);
});
