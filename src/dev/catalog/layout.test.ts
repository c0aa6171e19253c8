import * as fc from "fast-check";
import { expect, test } from "vitest";
import { artifactPath, splitFlatName } from "./layout.ts";

test.each([
  ["hello-1.0.0", "hello", "1.0.0"],
  ["dev.local.hello-flow-0.1.0", "dev.local.hello-flow", "0.1.0"],
  ["a-1.0.0-rc-2", "a", "1.0.0-rc-2"],
  ["a-2-1.0.0", "a-2", "1.0.0"],
  ["a-1.0-1.0.0", "a-1.0", "1.0.0"],
  ["a-1.0.0-1.0.0", "a", "1.0.0-1.0.0"],
  ["a-1.0.0+linux-x64", "a", "1.0.0+linux-x64"],
])("%s is an id and a version", (name, id, version) => {
  expect(splitFlatName(name)).toEqual({ id, version });
});

test.each([
  "hello",
  "hello-1.0",
  "hello-v1.0.0",
  "-1.0.0",
  "..-1.0.0",
  "con-1.0.0",
  "a b-1.0.0",
  "a+b-1.0.0",
])("%s is none", (name) => expect(splitFlatName(name)).toBeUndefined());

test("finds any id without a version in it, and its version, again in the name that they make", () => {
  const id = fc.stringMatching(/^[a-z][a-z0-9_.]{0,8}[a-z0-9](-[a-z][a-z0-9]{0,5}){0,3}$/);
  const version = fc.stringMatching(
    /^[1-9]\d?\.\d\.\d(-[a-z]{1,4}(-[a-z]{1,3})?(\.[1-9])?)?(\+[a-z-]{1,4})?$/,
  );
  fc.assert(
    fc.property(id, version, (anId, aVersion) => {
      fc.pre(!/^(?:con|prn|aux|nul|com\d|lpt\d)\b/.test(anId));
      const name = artifactPath("flat", "component", anId, aVersion).slice(0, -".wasm".length);
      expect(splitFlatName(name)).toEqual({ id: anId, version: aVersion });
    }),
  );
});
