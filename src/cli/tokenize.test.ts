import { parseArgs } from "node:util";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { OptionSpecs } from "./command.ts";
import { tokenize } from "./tokenize.ts";

const options: OptionSpecs = {
  dir: { type: "string", help: "" },
  json: { type: "boolean", help: "" },
  help: { type: "boolean", short: "h", help: "" },
  output: { type: "string", short: "o", help: "" },
};

const part = fc.constantFrom(
  "-",
  "--",
  "=",
  "dir",
  "json",
  "help",
  "no-json",
  "h",
  "o",
  "x",
  "é",
  "\u{1f600}",
  " ",
  "__proto__",
);
const arg = fc.oneof(
  fc.array(part, { maxLength: 5 }).map((parts) => parts.join("")),
  fc.constantFrom(
    "--dir",
    "--dir=",
    "--dir=x",
    "--json",
    "--json=x",
    "--",
    "-",
    "-h",
    "-hx",
    "-o",
    "-ox",
    "-hox",
    "-h=x",
    "--=x",
    "---",
    "",
    "a",
  ),
  fc.string(),
);

test("a command line is taken apart as Node does it", () => {
  fc.assert(
    fc.property(fc.array(arg, { maxLength: 6 }), (args) => {
      expect(tokenize(args, options)).toEqual(tokensOfNode(args));
    }),
    { numRuns: 5_000 },
  );
});

test.each<[args: readonly string[], written: readonly string[]]>([
  [["--dir", "-x"], ["--dir:-x"]],
  [
    ["--dir=a=b", "c"],
    ["--dir=a=b", "c"],
  ],
  [["--dir"], ["--dir"]],
  [
    ["--json", "a"],
    ["--json", "a"],
  ],
  [["-hx"], ["-h", "-x"]],
  [
    ["-ox", "-o", "y"],
    ["-o=x", "-o:y"],
  ],
  [
    ["-ho", "x"],
    ["-h", "-o:x"],
  ],
  [
    ["--", "--json", "--"],
    ["--json", "--"],
  ],
])("%j are %j", (args, written) => {
  const shown = tokenize(args, options).map((token) => {
    if (token.kind === "positional") return token.value;
    const { rawName, value, inlineValue } = token;
    return value === undefined ? rawName : `${rawName}${inlineValue ? "=" : ":"}${value}`;
  });
  expect(shown).toEqual(written);
});

function tokensOfNode(args: readonly string[]): readonly object[] {
  const config = Object.entries(options).map(([name, { type, short }]) => [
    name,
    short ? { type, short } : { type },
  ]);
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(config) as Record<string, { type: "string" | "boolean"; short?: string }>,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  return tokens
    .filter(({ kind }) => kind !== "option-terminator")
    .map((token) => Object.fromEntries(Object.entries(token).filter(([key]) => key !== "index")));
}
