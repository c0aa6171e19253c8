import * as fc from "fast-check";
import { expect, test } from "vitest";
import { hostileReferences } from "../../test/support/hostile-references.ts";
import { isDistError } from "./errors.ts";
import { parseReference, type Reference } from "./reference.ts";

const hex = fc.stringMatching(/^[0-9a-f]{64}$/);
const host = fc.constantFrom(
  "ghcr.io",
  "localhost:5000",
  "127.0.0.1",
  "[::1]:5000",
  "Registry",
  "a-b.example",
);
const path = fc.stringMatching(/^[a-z0-9]{1,8}(?:\/[a-z0-9]{1,8}(?:[._-][a-z0-9]{1,8})?){0,3}$/);
const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/);
const tagged = fc.tuple(host, path, tag).map(([h, p, t]) => `${h}/${p}:${t}`);
const pinned = fc.tuple(host, path, hex).map(([h, p, d]) => `${h}/${p}@sha256:${d}`);
const name = fc.oneof(tagged, pinned);
const anyReference = fc.oneof(
  name,
  name.map((text) => `oci://${text}`),
  hex.map((digest) => `sha256:${digest}`),
  name.map((text) => `https://user:secret@${text}?token=secret`),
  path.map((text) => `file:///${text}.wasm`),
  name.map((text) => `repo://${text}`),
  path.map((text) => `./${text}`),
  path.map((text) => `${text}.wasm`),
  tag.map((text) => `fixture://${text}`),
);

/** No name, tag or digest has any of these in it. */
const foreign = fc.constantFrom(
  ...Array.from(" \t\n\r\0\u001b\u007f\u009b\u202e\u2066\ufeff!\"#$%&'()*+,;<=>?\\^`{|}~éΩ漢😀"),
);
const control = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;

type Outcome = Reference["kind"] | "INVALID_REFERENCE" | "NOT_FOUND";
const outcomes: ReadonlySet<Outcome> = new Set<Outcome>([
  "digest",
  "https",
  "file",
  "oci",
  "mapped",
  "fixture",
  "INVALID_REFERENCE",
  "NOT_FOUND",
]);

/** What became of a text: its kind, or the code of the error. Anything else that is thrown goes through. */
function outcome(text: string): Outcome {
  try {
    const reference = parseReference(text, { pathExists: () => false });
    if (reference.text !== text) throw new Error(`the reference says it is ${reference.text}`);
    return reference.kind;
  } catch (error) {
    if (!isDistError(error, "INVALID_REFERENCE") && !isDistError(error, "NOT_FOUND")) throw error;
    const shown = `${error.message}${error.hint}`;
    if (control.test(shown) || shown.length > 12_000) throw new Error("unfit to print", { cause: error });
    return error.code;
  }
}

function insert(text: string, at: number, what: string): string {
  const index = Math.min(at, text.length);
  return text.slice(0, index) + what + text.slice(index);
}

test("10,000 random texts are understood or refused with an error that is safe to print", () => {
  const anyText = fc.oneof(
    fc.string({ unit: "binary", maxLength: 80 }),
    fc.string({ unit: "grapheme-ascii", maxLength: 100 }),
    fc.string({ unit: fc.constantFrom(..."a1A./:@[]-_%~sh256oci ".split("")), maxLength: 60 }),
    fc
      .array(fc.constantFrom("sha256:", "://", "oci", "https", "file", "ghcr.io", "/", "@", ":", "..", "a"), {
        maxLength: 12,
      })
      .map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(anyText, (text) => {
      expect(outcomes.has(outcome(text))).toBe(true);
    }),
    { numRuns: 10_000 },
  );
});

test("10,000 references with edits anywhere are understood or refused with an error that is safe to print", () => {
  const edit = fc.record({
    at: fc.nat(120),
    remove: fc.nat(4),
    put: fc.oneof(
      fc.string({ unit: "binary", maxLength: 3 }),
      foreign,
      fc.constantFrom("/", ":", "@", "..", "://"),
    ),
  });
  fc.assert(
    fc.property(anyReference, fc.array(edit, { minLength: 1, maxLength: 3 }), (text, edits) => {
      let edited = text;
      for (const { at, remove, put } of edits) edited = edited.slice(0, at) + put + edited.slice(at + remove);
      expect(outcomes.has(outcome(edited))).toBe(true);
    }),
    { numRuns: 10_000 },
  );
});

const at = fc.nat(60);

/** Mutations that decide what becomes of a reference. */
const mutations: Readonly<Record<string, [fc.Arbitrary<string>, Outcome]>> = {
  "a registry name stays one behind oci://": [name.map((text) => `oci://${text}`), "oci"],
  "a tagged name stays one when it is pinned as well": [
    fc.tuple(tagged, hex).map(([text, digest]) => `${text}@sha256:${digest}`),
    "oci",
  ],
  "a name that gets a foreign character is none": [
    fc.tuple(name, at, foreign).map(([text, index, what]) => `oci://${insert(text, index, what)}`),
    "INVALID_REFERENCE",
  ],
  "a name with a capital in its repository is none": [
    fc.tuple(host, path, tag, at).map(([h, p, t, index]) => `${h}/${insert(p, index, "Z")}:${t}`),
    "INVALID_REFERENCE",
  ],
  "a name with an empty component is none": [
    fc.tuple(host, path, tag).map(([h, p, t]) => `${h}//${p}:${t}`),
    "INVALID_REFERENCE",
  ],
  "a pin that loses a digit is none": [pinned.map((text) => text.slice(0, -1)), "INVALID_REFERENCE"],
  "a pin that something follows is none": [
    fc.tuple(pinned, fc.constantFrom("0", "/", ":1", "@", " ", "?")).map((parts) => parts.join("")),
    "INVALID_REFERENCE",
  ],
  "a digest that loses a digit is none": [hex.map((text) => `sha256:${text.slice(1)}`), "INVALID_REFERENCE"],
  "a digest with a foreign digit is none": [
    fc.tuple(hex, fc.nat(63)).map(([text, i]) => `sha256:${text.slice(0, i)}g${text.slice(i + 1)}`),
    "INVALID_REFERENCE",
  ],
  "an unknown scheme makes everything invalid": [
    fc
      .tuple(fc.constantFrom("ftp", "docker", "ocis", "s3", "git+https"), anyReference)
      .map((p) => p.join("://")),
    "INVALID_REFERENCE",
  ],
  "a path stays a path, whatever follows": [
    fc.tuple(fc.constantFrom("/", "./", "../", "~"), anyReference).map((parts) => parts.join("")),
    "NOT_FOUND",
  ],
};

test.each(Object.entries(mutations))("%s", (_, [texts, expected]) => {
  fc.assert(
    fc.property(texts, (text) => {
      expect(outcome(text)).toBe(expected);
    }),
    { numRuns: 1000 },
  );
});

test.each([...hostileReferences])("64 KiB of %s are parsed", (_, text) => {
  expect(text.length).toBeGreaterThan(65_000);
  expect(["https", "file", "mapped", "INVALID_REFERENCE", "NOT_FOUND"]).toContain(outcome(text));
});
