import { expect, test } from "vitest";
import { snakeCaseKeys } from "./snake-case.ts";

test("keys become snake_case at every depth, and values stay as they are", () => {
  expect(
    snakeCaseKeys({ totalBytes: 1, for: "aB", inner: [{ retryAfterMs: null, x: undefined }, "cD", [true]] }),
  ).toEqual({ total_bytes: 1, for: "aB", inner: [{ retry_after_ms: null, x: undefined }, "cD", [true]] });
});

test("a key named __proto__ is a key like any other", () => {
  const value = snakeCaseKeys(JSON.parse('{"__proto__":{"aB":1}}'));
  expect(JSON.stringify(value)).toBe('{"__proto__":{"a_b":1}}');
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
});
