import * as fc from "fast-check";
import { expect, it } from "vitest";
import { isJsonObject, parseJson } from "../../core/index.ts";
import { parseDockerConfig } from "./docker-config.ts";

it("takes any JSON: 10,000 configs with hostile keys and values", () => {
  const key = fc.constantFrom(
    "h",
    "https://h/v2/",
    "h/part",
    "__proto__",
    "constructor",
    "",
    "//",
    "https://",
  );
  const auth = fc.string({ unit: "binary" }).map((text) => Buffer.from(text).toString("base64"));
  const fields = {
    identitytoken: fc.string(),
    auth: fc.oneof(auth, fc.string()),
    username: fc.string(),
    password: fc.string(),
  };
  const entry = fc.oneof(fc.jsonValue(), fc.record(fields, { requiredKeys: [] }));
  const config = fc.record({
    auths: fc.oneof(fc.dictionary(key, entry), fc.jsonValue()),
    credHelpers: fc.oneof(fc.dictionary(key, fc.string()), fc.jsonValue()),
    credsStore: fc.jsonValue(),
    tenants: fc.oneof(fc.dictionary(key, entry), fc.jsonValue()),
  });
  fc.assert(
    fc.property(config, (value) => {
      // Through text, so that `__proto__` is a key like any other.
      const read = parseJson(Buffer.from(JSON.stringify(value)));
      const { logins, tenants } = parseDockerConfig(isJsonObject(read) ? read : {});
      for (const found of [...logins.values(), ...tenants.values()]) {
        const name = "unusable" in found ? "none" : found.username;
        expect(name).toMatch(/^[^:\p{Cc}]+$/u);
      }
    }),
    { numRuns: 10_000 },
  );
});
