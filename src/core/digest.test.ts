import { expect, test } from "vitest";
import { thrownBy } from "../../test/support/thrown.ts";
import { digestFromHex, hexOf, isDigest, parseDigest } from "./digest.ts";

const hex = "0123456789abcdef".repeat(4);

const malformed: readonly (readonly [what: string, text: string])[] = [
  ["nothing", ""],
  ["hexadecimal digits alone", hex],
  ["another algorithm", `sha512:${hex}${hex}`],
  ["one digit too few", `sha256:${hex.slice(1)}`],
  ["one digit too many", `sha256:${hex}0`],
  ["upper case digits", `sha256:${hex.toUpperCase()}`],
  ["an upper case algorithm", `SHA256:${hex}`],
  ["a letter that is no digit", `sha256:g${hex.slice(1)}`],
  ["a path", `sha256:${"../".repeat(21)}a`],
  ["a space in front", ` sha256:${hex.slice(1)}`],
  ["a newline at the end", `sha256:${hex.slice(1)}\n`],
  ["full-width digits", `sha256:${"\uff10".repeat(64)}`],
];

test("a digest is sha256: and 64 lower-case hexadecimal digits", () => {
  expect(isDigest(`sha256:${hex}`)).toBe(true);
  expect(parseDigest(`sha256:${hex}`)).toBe(`sha256:${hex}`);
});

test.each(malformed)("%s is no digest", (_, text) => {
  expect(isDigest(text)).toBe(false);
  expect(thrownBy(() => parseDigest(text))).toMatchObject({ name: "DistError", code: "INVALID_INPUT" });
});

test("the message shows what was given, escaped, and the hint where digests are found", () => {
  const error = thrownBy(() => parseDigest("\u001b[31mno"));
  expect(error.message).toContain("`\\u{1b}[31mno`");
  expect(error.hint).toContain("greentic-dist cache ls");
});

test("hexadecimal digits become a digest and come back out of it", () => {
  const digest = digestFromHex(hex);
  expect(digest).toBe(`sha256:${hex}`);
  expect(hexOf(parseDigest(`sha256:${hex}`))).toBe(hex);
});

test("what is not 64 hexadecimal digits becomes no digest", () => {
  expect(["", hex.slice(1), `${hex}0`, hex.toUpperCase(), `sha256:${hex}`].map(digestFromHex)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
