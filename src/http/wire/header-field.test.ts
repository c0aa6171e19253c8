import { expect, test } from "vitest";
import { parseHeaderField } from "./header-field.ts";
import { MalformedResponse } from "./malformed.ts";

test.for([
  ["A:b", "a", "b"],
  ["X-Y: \t b c \xe4  ", "x-y", "b c \xe4"],
  ["X:", "x", ""],
  ["X:  ", "x", ""],
  ["X: b\t", "x", "b\t"],
] as const)("%j is the header %j with the value %j", ([line, name, value]) => {
  expect(parseHeaderField(line)).toEqual({ name, value });
});

test.for(["", "X", ":b", " X: b", "X : b", "X Y: b", "X: \0", "X: a\x7f", "X: a\rb", "X\xe4: b"])(
  "%j is no header line",
  (line) => {
    expect(() => parseHeaderField(line)).toThrow(MalformedResponse);
  },
);

test.for([
  ["spaces before a bad character", `X:${" ".repeat(1_000_000)}\0`],
  ["a long value before a bad character", `X: ${"a ".repeat(500_000)}\0`],
  ["a long name without a colon", "x".repeat(1_000_000)],
] as const)("refuses %s, which takes hours where it is not linear", ([, line]) => {
  expect(() => parseHeaderField(line)).toThrow(MalformedResponse);
});

test("reads a value with a million spaces inside", () => {
  expect(parseHeaderField(`X: a${" ".repeat(1_000_000)}b`).value).toHaveLength(1_000_002);
});
