import { expect, test } from "vitest";
import { formatBytes } from "./format-bytes.ts";

test.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [1024, "1.0 KiB"],
  [1536, "1.5 KiB"],
  [5 * 1024 * 1024, "5.0 MiB"],
  [2 * 1024 ** 3, "2.0 GiB"],
  [5000 * 1024 ** 4, "5000.0 TiB"],
])("%d bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [1024 * 1024 - 1, "1.0 MiB"],
  [1024 ** 3 - 1, "1.0 GiB"],
])("%d bytes are not 1024.0 of the unit below: %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
