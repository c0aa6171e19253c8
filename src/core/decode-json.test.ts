import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeJson } from "./decode-json.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (text: string): ReturnType<typeof decodeJson> => decodeJson(utf8(text), { maxDepth: 8 });

describe("decodeJson", () => {
  test("decodes what JSON.stringify makes", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(undefined, "\t", " \n"), (value, space) => {
        const text = JSON.stringify(value, null, space);
        expect(decode(text)).toEqual({ value: JSON.parse(text) });
      }),
    );
  });

  test("accepts of mangled JSON exactly what JSON.parse accepts", () => {
    const pieces = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ":",
      ",",
      '"',
      "\\",
      " ",
      "\n",
      "\t",
      "1",
      ".",
      "e",
      "+",
      "-",
      "0",
      "u",
      "true",
      "null",
      '"a"',
      "\u0000",
      "\u2028",
      "é",
    );
    const mangled = fc
      .tuple(fc.jsonValue({ maxDepth: 3 }), fc.nat(), fc.nat(4), fc.array(pieces, { maxLength: 4 }))
      .map(([value, at, removed, added]) => {
        const text = JSON.stringify(value);
        const cut = at % (text.length + 1);
        return text.slice(0, cut) + added.join("") + text.slice(cut + removed);
      });
    fc.assert(
      fc.property(mangled, (text) => {
        const decoded = decode(text);
        const isLoose = "flaw" in decoded && /twice|deeper/.test(decoded.flaw);
        expect(isLoose || "value" in decoded).toBe(isLoose || isJson(text));
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ["", "is no valid JSON (line 1)"],
    ["\n\n", "is no valid JSON (line 3)"],
    ['{\n  "a": 1,\n  "b": x\n}', "is no valid JSON (line 3)"],
    ['{\n  "a": 1,\n}', "is no valid JSON (line 3)"],
    ['{\n  "a" 1}', "is no valid JSON (line 2)"],
    ['{"a": "one\ntwo"}', "is no valid JSON (line 1)"],
    ['{"a": 01}', "is no valid JSON (line 1)"],
    ['{"a": 1}\n}', "is no valid JSON (line 2)"],
    ["[1}", "is no valid JSON (line 1)"],
    ['{"a": 1,\r\n"a": 2}', "gives the key `a` twice in one object (line 2)"],
    ["[[[[[[[[[\n", "is nested deeper than 8 levels (line 1)"],
  ])("says of %j what is wrong, and in which line", (text, flaw) => {
    expect(decode(text)).toEqual({ flaw });
  });

  test("quotes no value", () => {
    expect(decode('{"token": "hunter2" x}')).toEqual({ flaw: "is no valid JSON (line 1)" });
  });

  test("says which line each key stands in", () => {
    const keys: unknown[] = [];
    const text = '{\n"a": {\n"b": [{"c":\n1}],\n\n"d": 2}, "__proto__": 3}';
    decodeJson(utf8(text), { maxDepth: 8, onKey: (path, line) => keys.push([path.join("."), line]) });
    expect(keys).toEqual([
      ["a", 2],
      ["a.b", 3],
      ["a.b..c", 3],
      ["a.d", 6],
      ["__proto__", 6],
    ]);
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
