import { describe, expect, expectTypeOf, test } from "vitest";
import { rejectionOf, thrownBy } from "../../test/support/thrown.ts";
import {
  abortedError,
  DistError,
  type DistErrorCode,
  errnoOf,
  errorTable,
  isDistError,
  throwIfAborted,
} from "./errors.ts";
import { warningTable } from "./events.ts";

/** The exit code of every error code (contract, section 3). */
const exitCodes: Readonly<Record<DistErrorCode, number>> = {
  INVALID_REFERENCE: 2,
  INVALID_INPUT: 2,
  INVALID_LOCKFILE: 2,
  INVALID_CONFIG: 2,
  INSECURE_URL: 2,
  TAG_REFUSED: 2,
  TAG_EXISTS: 2,
  UNUSABLE_ARTIFACT: 2,
  NOT_FOUND: 3,
  NOT_CACHED: 3,
  OFFLINE: 4,
  UNAUTHORIZED: 5,
  FORBIDDEN: 5,
  UNMAPPED: 5,
  DIGEST_MISMATCH: 6,
  SIZE_MISMATCH: 6,
  MEDIA_TYPE_MISMATCH: 6,
  NETWORK: 7,
  TIMEOUT: 7,
  RATE_LIMITED: 7,
  REDIRECT_REFUSED: 7,
  IO: 10,
  DISK_FULL: 10,
  INTERNAL: 10,
  ABORTED: 130,
};

test("every error code has the exit code that was promised, and no other code has one", () => {
  const actual = Object.entries(errorTable).map(([code, { exitCode }]) => [code, exitCode]);
  expect(Object.fromEntries(actual)).toEqual(exitCodes);
});

test.each([...Object.entries(errorTable), ...Object.entries(warningTable)])(
  "%s has a meaning that is a sentence of its own",
  (code, { meaning }) => {
    expect(meaning).toMatch(/^[A-Za-z].{10,}\.$/);
    const others = [...Object.entries(errorTable), ...Object.entries(warningTable)];
    expect(others.filter((other) => other[1].meaning === meaning).map(([name]) => name)).toEqual([code]);
  },
);

describe("an error", () => {
  test("carries its code, details, hint and cause", () => {
    const cause = new Error("why");
    const error = new DistError("OFFLINE", "no network", { reference: "a" }, { hint: "go online", cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: "DistError",
      code: "OFFLINE",
      message: "no network",
      details: { reference: "a" },
      hint: "go online",
      cause,
    });
    expect(String(error)).toBe("DistError: no network");
  });

  test("has no cause when it was given none", () => {
    expect("cause" in new DistError("OFFLINE", "no network", { reference: "a" })).toBe(false);
  });

  test.each(Object.keys(errorTable) as DistErrorCode[])(
    "%s has the hint of the table when it has no better",
    (code) => {
      const details = { reference: "a" } as DistError["details"];
      expect(new DistError(code, "x", details).hint).toBe(errorTable[code].hint);
      expect(new DistError(code, "x", details, { hint: "better" }).hint).toBe("better");
    },
  );
});

describe("isDistError", () => {
  const offline: unknown = new DistError("OFFLINE", "no network", { reference: "a" });

  test("tells this library's errors from others", () => {
    expect(isDistError(offline)).toBe(true);
    const others = [new Error("OFFLINE"), { name: "DistError", code: "OFFLINE" }, "OFFLINE", null, undefined];
    expect(others.map((other) => isDistError(other))).toEqual(others.map(() => false));
  });

  test("tells codes apart, and narrows the details", () => {
    expect(isDistError(offline, "NETWORK")).toBe(false);
    if (!isDistError(offline, "OFFLINE")) throw new Error("it is one");
    expectTypeOf(offline).toEqualTypeOf<DistError<"OFFLINE">>();
    expectTypeOf(offline.code).toEqualTypeOf<"OFFLINE">();
    expect(offline.details.reference).toBe("a");
  });
});

test("the code of a system's error is found, and nothing in what is none", () => {
  expect(errnoOf(Object.assign(new Error("no such file"), { code: "ENOENT" }))).toBe("ENOENT");
  const others = [
    new Error("x"),
    Object.assign(new Error("x"), { code: 2 }),
    { code: "ENOENT" },
    "ENOENT",
    null,
  ];
  expect(others.map(errnoOf)).toEqual(others.map(() => undefined));
});

test("nothing is thrown for a signal that was not aborted, or for none", () => {
  expect(() => throwIfAborted(undefined)).not.toThrow();
  expect(() => throwIfAborted(new AbortController().signal)).not.toThrow();
});

test("the reason why a signal was aborted is the cause of the error", async () => {
  const reason = new Error("the user left");
  const signal = AbortSignal.abort(reason);
  expect(thrownBy(() => throwIfAborted(signal))).toMatchObject({ code: "ABORTED", cause: reason });
  expect(await rejectionOf(Promise.reject(abortedError(signal)))).toMatchObject({
    code: "ABORTED",
    cause: reason,
  });
});
