import * as fc from "fast-check";
import { expect, test } from "vitest";
import { compareTags, versionOfTag } from "./tag-version.ts";

test.each([
  ["1.2.3", "1.2.3"],
  ["v1.2.3", "1.2.3"],
  ["1.2.3-rc.1", "1.2.3-rc.1"],
  ["1.2.3_b4", "1.2.3+b4"],
  ["v1.2.3-rc.1_b-4.5", "1.2.3-rc.1+b-4.5"],
  ["1.2", undefined],
  ["1", undefined],
  ["latest", undefined],
  ["vv1.2.3", undefined],
  ["01.2.3", undefined],
  ["1.2.3_a_b", undefined],
  ["sha256-0123", undefined],
])("the tag %s stands for %s", (tag, version) => {
  expect(versionOfTag(tag)).toBe(version);
});

test("tags are ordered by what they stand for, whatever order they come in", () => {
  const ordered = ["latest", "1.0.0-rc.1", "v1.0.0", "1.0.0", "1.0.0_b1", "1.2.0", "v1.10.0", "2.0.0"];
  fc.assert(
    fc.property(fc.shuffledSubarray(ordered, { minLength: ordered.length }), (tags) => {
      expect(tags.toSorted(compareTags)).toEqual(ordered);
    }),
  );
});
