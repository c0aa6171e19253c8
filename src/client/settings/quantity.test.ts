import { expect, test } from "vitest";
import { parseByteCount, parseDuration } from "./quantity.ts";

test.each([
  ["0", 0],
  ["1048576", 1_048_576],
  ["500MB", 500_000_000],
  ["500 mb", 500_000_000],
  ["1.5GiB", 1_610_612_736],
  ["3tib", 3 * 2 ** 40],
  ["12B", 12],
])("%s is %i bytes", (text, bytes) => {
  expect(parseByteCount(text)).toBe(bytes);
});

test.each([
  ["0", 0],
  ["90s", 90_000],
  ["2h", 7_200_000],
  ["1.5d", 129_600_000],
  ["4w", 2_419_200_000],
])("%s is %i milliseconds", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  "",
  "-1",
  "1e3",
  "GiB",
  "1XB",
  "1constructor",
  "0x10",
  "1 000",
  "9999999999999999",
  "999999TiB",
  "∞",
])("%j is no count of bytes", (text) => {
  expect(parseByteCount(text)).toBeUndefined();
});

test.each(["", "10", "-1h", "1y", "h", "1:30"])("%j is no duration", (text) => {
  expect(parseDuration(text)).toBeUndefined();
});
