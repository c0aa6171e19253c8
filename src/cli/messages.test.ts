import { describe, expect, test } from "vitest";
import { DistError } from "../core/index.ts";
import { type ErrorStyle, printError, printWarning } from "./messages.ts";

const style: ErrorStyle = { form: "text", colour: false, verbose: false };

describe("an error", () => {
  test("is its message and its hint", () => {
    const error = new DistError("NOT_CACHED", "not cached", { reference: "r" }, { hint: "pull it" });
    expect(printError(error, style)).toBe("error: not cached\nhint: pull it");
    expect(printError(error, { ...style, colour: true })).toBe(
      "\u001b[31merror\u001b[39m: not cached\n\u001b[36mhint\u001b[39m: pull it",
    );
  });

  test("has all four keys as JSON, pretty or on one line", () => {
    const error = new DistError(
      "RATE_LIMITED",
      "slow",
      { retryAfterMs: 5, url: undefined },
      { hint: "wait" },
    );
    const body = { code: "RATE_LIMITED", message: "slow", hint: "wait", details: { retry_after_ms: 5 } };
    const json = printError(error, { ...style, form: "json", colour: true });
    expect(json).toBe(JSON.stringify({ error: body }, null, 2));
    const line = printError(error, { ...style, form: "line", verbose: true });
    expect(line).toBe(JSON.stringify({ error: body }));
    const stopped = printError(new DistError("ABORTED", "stopped", {}), { ...style, form: "line" });
    expect(stopped).toBe('{"error":{"code":"ABORTED","message":"stopped","hint":null,"details":{}}}');
  });

  test("shows its causes when asked to, escaped and without their stacks", () => {
    const cause = new Error("outer\u001b[0m", { cause: new Error("inner") });
    const error = new DistError("ABORTED", "broken", {}, { cause });
    expect(printError(error, style)).toBe("error: broken");
    expect(printError(error, { ...style, verbose: true })).toBe(
      String.raw`error: broken${"\n"}caused by: outer\u{1b}[0m${"\n"}caused by: inner`,
    );
  });

  test("of this program shows where it came from when asked to", () => {
    const error = new DistError("INTERNAL", "internal error: x", {}, { cause: new TypeError("x") });
    expect(printError(error, style)).toBe("error: internal error: x");
    expect(printError(error, { ...style, verbose: true })).toMatch(/\ncaused by: TypeError: x\n +at /);
  });

  test("whose causes go in a circle is printed", () => {
    const first = new Error("first");
    const second = new Error("second", { cause: first });
    first.cause = second;
    const error = new DistError("ABORTED", "broken", {}, { cause: first });
    expect(printError(error, { ...style, verbose: true })).toContain("caused by: second");
  });
});

test("a warning is one line", () => {
  expect(printWarning("careful", false)).toBe("warning: careful");
  expect(printWarning("careful", true)).toBe("\u001b[33mwarning\u001b[39m: careful");
});
