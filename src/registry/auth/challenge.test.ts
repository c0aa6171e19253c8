import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chooseChallenge, parseChallenges } from "./challenge.ts";

/** Challenges in a form that is easy to write down. */
function parsed(header: string): unknown {
  return parseChallenges(header)?.map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);
}

const docker = {
  realm: "https://auth.docker.io/token",
  service: "registry.docker.io",
  scope: "repository:a/b:pull",
};

describe("a header that the grammar allows", () => {
  it.each<[string, unknown]>([
    ["", []],
    [" , ,", []],
    ["Basic", [["basic", {}]]],
    ['Basic realm="registry"', [["basic", { realm: "registry" }]]],
    ["BASIC Realm=registry", [["basic", { realm: "registry" }]]],
    [
      `Bearer realm="${docker.realm}",service="${docker.service}",scope="${docker.scope}"`,
      [["bearer", docker]],
    ],
    [
      `Bearer realm="${docker.realm}", service="${docker.service}" ,\tscope="${docker.scope}" , `,
      [["bearer", docker]],
    ],
    ['Bearer realm = "x" , error\t=\tinvalid_token', [["bearer", { realm: "x", error: "invalid_token" }]]],
    ['Bearer   realm="x"', [["bearer", { realm: "x" }]]],
    [String.raw`Basic realm="a \"b\" \\ c"`, [["basic", { realm: String.raw`a "b" \ c` }]]],
    ['Basic realm="a,b=c, Bearer realm=d"', [["basic", { realm: "a,b=c, Bearer realm=d" }]]],
    ['Basic realm=""', [["basic", { realm: "" }]]],
    [
      'Basic realm="x", Bearer realm="y"',
      [
        ["basic", { realm: "x" }],
        ["bearer", { realm: "y" }],
      ],
    ],
    [
      "Negotiate, Basic realm=x",
      [
        ["negotiate", {}],
        ["basic", { realm: "x" }],
      ],
    ],
    [
      "Negotiate YWJj==, Basic realm=x",
      [
        ["negotiate", {}],
        ["basic", { realm: "x" }],
      ],
    ],
    ["Negotiate a/b+c", [["negotiate", {}]]],
    ["Basic realm=", [["basic", {}]]],
    ['Bearer scope="repository:a/b:pull,push"', [["bearer", { scope: "repository:a/b:pull,push" }]]],
    ['Bearer realm="grün"', [["bearer", { realm: "grün" }]]],
    ['Bearer __proto__="x"', [["bearer", Object.fromEntries([["__proto__", "x"]])]]],
  ])("%j", (header, expected) => {
    expect(parsed(header)).toEqual(expected);
  });
});

describe("a header that the grammar does not allow is undefined", () => {
  it.each([
    '"Basic"',
    "=x",
    'realm="x"',
    'Basic\trealm="x"',
    'Bearer realm="x" service="y"',
    'Bearer realm="x',
    'Bearer realm="x\\',
    'Bearer realm="x"y',
    'Bearer realm="x", realm="y"',
    'Bearer realm="x", REALM="y"',
    'Bearer realm="a\u0000b"',
    'Bearer realm="a\r\nb"',
    "Bearer realm=a b",
    "Bearer realm=a/b",
    "Bearer Basic realm=x",
    "Bearer realm=x; service=y",
    Array.from({ length: 9 }, () => "Basic").join(","),
    `Basic realm="${"x".repeat(8192)}"`,
  ])("%j", (header) => {
    expect(parseChallenges(header)).toBeUndefined();
  });
});

describe("parseChallenges", () => {
  it("takes eight challenges and a header of 8 KiB", () => {
    expect(parseChallenges(Array.from({ length: 8 }, () => "Basic").join(","))).toHaveLength(8);
    expect(parseChallenges(`Basic realm="${"x".repeat(8192 - 14)}"`)).toHaveLength(1);
  });

  it("either parses or returns undefined, for 10,000 inputs made of its own delimiters", () => {
    const pieces = fc.constantFrom(
      "Bearer",
      "Basic",
      "realm",
      'realm="https://x/token"',
      'service="y"',
      " ",
      "\t",
      ",",
      "=",
      "==",
      '"',
      "\\",
      "/",
      "\u0000",
      "\ud800",
      "é",
    );
    const input = fc.oneof(
      fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join("")),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(input, (header) => {
        const challenges = parseChallenges(header);
        expect(
          challenges?.every(({ scheme }) => scheme !== "" && scheme === scheme.toLowerCase()) ?? true,
        ).toBe(true);
      }),
      { numRuns: 10_000 },
    );
  });

  it("reads back what is printed", () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,10}$/);
    const value = fc.stringMatching(/^[ -~]{0,30}$/);
    const challenge = fc.tuple(
      name,
      fc.dictionary(name, value, { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
    );
    fc.assert(
      fc.property(fc.array(challenge, { minLength: 1, maxLength: 4 }), (challenges) => {
        const header = challenges
          .map(([scheme, parameters]) => {
            const list = Object.entries(parameters).map(
              ([key, text]) => `${key}="${text.replaceAll(/["\\]/g, "\\$&")}"`,
            );
            return `${scheme} ${list.join(", ")}`;
          })
          .join(", ");
        expect(parsed(header)).toEqual(challenges);
      }),
    );
  });

  it.each(["=", " ", ",", '"', "\\", "a", "a ", "a=", "a=b,", "a =", '\\"', " \t", "a/", "a,"])(
    "is not looked at when %j again and again makes it longer than 8,192 characters",
    (piece) => {
      for (const prefix of ["", "Bearer ", 'Bearer realm="']) {
        expect(parseChallenges(prefix + piece.repeat(1_000_000))).toBeUndefined();
      }
    },
  );
});

describe("chooseChallenge", () => {
  it.each<[string, string | undefined]>([
    ["Basic realm=a, Bearer realm=b", "bearer"],
    ["Negotiate, Basic realm=a", "basic"],
    ["Negotiate", undefined],
    ["Bearer realm=", "bearer"],
    ["", undefined],
    ['Bearer realm="', undefined],
  ])("of %j: %s", (header, scheme) => {
    expect(chooseChallenge(header)?.scheme).toBe(scheme);
  });
});
