import { format, inspect } from "node:util";
import { expect, it } from "vitest";
import { Secret } from "./secret.ts";

it("shows itself nowhere but in reveal", () => {
  const secret = new Secret("canary");
  const shown = [
    String(secret),
    JSON.stringify({ secret }),
    inspect({ deep: [secret] }, { showHidden: true }),
    format("%s %o %j", secret, secret, secret),
    Object.keys(secret).join(","),
    JSON.stringify(Object.assign({}, secret)),
  ];
  expect(shown.join("\n")).not.toContain("canary");
  expect(shown[0]).toBe("[redacted]");
  expect(inspect(secret)).toBe("[redacted]");
  expect(secret.reveal()).toBe("canary");
});
