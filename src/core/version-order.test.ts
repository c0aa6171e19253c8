import * as fc from "fast-check";
import { expect, test } from "vitest";
import { compareVersions, isSemver } from "./version-order.ts";

/** Lowest first. */
const ladder = [
  "2024-01-01",
  "v9.0.0",
  "1.0.0-alpha",
  "1.0.0-alpha.1",
  "1.0.0-alpha.beta",
  "1.0.0-beta.2",
  "1.0.0-beta.11",
  "1.0.0-rc.1",
  "9.0.0-rc.99999999999999999998",
  "9.0.0-rc.99999999999999999999",
  "0.9.10",
  "1.0.0",
  "1.0.0+build",
  "1.2.0",
  "1.10.0",
  "99999999999999999999.0.0",
];

test("orders semver as it says, pre-releases before every release, other texts before both", () => {
  const shuffled = ladder.toSorted((a, b) => a.length - b.length || (a < b ? 1 : -1));
  expect(shuffled.toSorted(compareVersions)).toEqual(ladder);
});

test.each(["1.0", "1", "01.0.0", "1.0.0-", "1.0.0-01", "1.0.0+", "v1.0.0", "1.0.0 ", "", "1.0.0-a..b"])(
  "%j is no semantic version",
  (text) => expect(isSemver(text)).toBe(false),
);

test("is one order of all texts", () => {
  const version = fc.oneof(fc.constantFrom(...ladder), fc.stringMatching(/^\d\.\d\.\d(-[a-c1-3.]{1,5})?$/));
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      expect(Math.sign(compareVersions(a, b))).toBe(0 - Math.sign(compareVersions(b, a)));
      expect(compareVersions(a, b) === 0).toBe(a === b);
      const [low, middle, high] = [a, b, c].toSorted(compareVersions);
      expect(compareVersions(low!, middle!)).toBeLessThanOrEqual(0);
      expect(compareVersions(low!, high!)).toBeLessThanOrEqual(0);
    }),
  );
});
