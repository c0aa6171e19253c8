import { expect, it } from "vitest";
import { parseRetryAfter, retryAfterOf } from "./retry-after.ts";

const now = Date.parse("2026-01-01T00:00:00Z");

it.each([
  ["0", 0],
  ["1", 1000],
  [" 30 ", 30_000],
  ["60", 60_000],
  ["61", 61_000],
  ["1000000000", 1e12],
  ["Thu, 01 Jan 2026 00:00:30 GMT", 30_000],
  ["Fri, 02 Jan 2026 00:00:00 GMT", 86_400_000],
  ["Wed, 31 Dec 2025 23:59:59 GMT", 0],
  ["99999999999", 99_999_999_999_000],
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

const asked = (headers: Readonly<Record<string, string>>, body = ""): number | undefined =>
  retryAfterOf({ header: (name) => headers[name] }, Buffer.from(body), now);

it.each([
  ["454µs", 0.454],
  ["454.162\u03bcs", 0.454162],
  ["454\\u00b5s", 0.454],
  ["12us", 0.012],
  ["500ns", 0.0005],
  ["1.5ms", 1.5],
  ["2s", 2000],
  ["1m30.5s", 90_500],
  ["1h2m3s", 3_723_000],
  ["soon", undefined],
  ["12", undefined],
])("GHCR's `retry-after: %s` in a body asks to wait %s ms", (text, waitMs) => {
  const message = `retry-after: ${text}, allowed: 44000/minute`;
  const waited = asked({}, `{"errors":[{"code":"TOOMANYREQUESTS","message":"${message}"}]}`);
  expect(waited?.toFixed(6)).toBe(waitMs?.toFixed(6));
});

it("goes by the header before the body, and by the server's own clock before ours", () => {
  expect(asked({ "retry-after": "3" }, "retry-after: 9s")).toBe(3000);
  const date = "Thu, 01 Jan 2015 00:00:00 GMT";
  expect(asked({ "retry-after": "Thu, 01 Jan 2015 00:00:20 GMT", date })).toBe(20_000);
  expect(asked({})).toBeUndefined();
});

it("reads a long body in no time", () => {
  const body = `${"retry-after: 1".repeat(2000)}${"9".repeat(40_000)}`;
  expect(asked({}, body)).toBeUndefined();
});
