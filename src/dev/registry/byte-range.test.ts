import { assert, bigInt, constant, nat, oneof, property } from "fast-check";
import { expect, test } from "vitest";
import { parseByteRange } from "./byte-range.ts";

test.each([
  ["bytes=0-0", { start: 0, end: 1 }],
  ["bytes=0-99", { start: 0, end: 100 }],
  ["bytes=10-", { start: 10, end: 100 }],
  ["bytes=10-1000", { start: 10, end: 100 }],
  ["bytes=-10", { start: 90, end: 100 }],
  ["bytes=-1000", { start: 0, end: 100 }],
  [`bytes=5-${"9".repeat(400)}`, { start: 5, end: 100 }],
  ["BYTES=1-2", { start: 1, end: 3 }],
  ["bytes= 1-2 ", { start: 1, end: 3 }],
])("%s of 100 bytes is one part", (header, range) => {
  expect(parseByteRange(header, 100)).toEqual(range);
});

test.each([
  null,
  "",
  "bytes=",
  "bytes=-",
  "bytes=5-2",
  "bytes=0-1,3-4",
  "bytes=a-b",
  "bytes=1.5-2",
  "items=0-1",
])("%s asks for the whole", (header) => {
  expect(parseByteRange(header, 100)).toBeUndefined();
});

test.each(["bytes=100-", "bytes=100-200", "bytes=-0"])("%s of 100 bytes is nothing", (header) => {
  expect(parseByteRange(header, 100)).toBe("unsatisfiable");
});

test("a part of an empty file is nothing", () => {
  expect(parseByteRange("bytes=0-", 0)).toBe("unsatisfiable");
  expect(parseByteRange("bytes=-5", 0)).toBe("unsatisfiable");
});

test("a part is never empty and lies within the file, whatever is asked", () => {
  const number = oneof(constant(""), nat({ max: 300 }).map(String), bigInt({ min: 0n }).map(String));
  assert(
    property(number, number, nat({ max: 200 }), (first, last, size) => {
      const range = parseByteRange(`bytes=${first}-${last}`, size);
      if (range === undefined || range === "unsatisfiable") return;
      expect(0 <= range.start && range.start < range.end && range.end <= size).toBe(true);
    }),
  );
});
