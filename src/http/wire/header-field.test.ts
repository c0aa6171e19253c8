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
  ["spaces before a bad character", `X:${" ".repeat(60_000)}\0`],
  ["spaces inside a value", `X: a${" ".repeat(60_000)}b`],
  ["a long value before a bad character", `X: ${"a ".repeat(30_000)}\0`],
  ["a long name without a colon", "x".repeat(60_000)],
] as const)("takes no time to speak of for %s", ([, line]) => {
  const start = performance.now();
  try {
    parseHeaderField(line);
  } catch (error) {
    if (!(error instanceof MalformedResponse)) throw error;
  }
  expect(performance.now() - start).toBeLessThan(200);
});
