import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseDigest } from "./digest.ts";
import { type OciName, parseOciName, printOciName } from "./oci-name.ts";

const pin = `sha256:${"0123456789abcdef".repeat(4)}`;

/** Text of `first`, then up to `maxLength - 1` of `rest`. */
function word(first: string, rest: string, maxLength: number): fc.Arbitrary<string> {
  const tail = fc.string({ unit: fc.constantFrom(...rest.split("")), maxLength: maxLength - 1 });
  return fc.tuple(fc.constantFrom(...first.split("")), tail).map((parts) => parts.join(""));
}

const lower = "abcxyz0189";
const label = fc.stringMatching(/^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,8}[a-zA-Z0-9])?$/);
const port = fc.option(fc.nat(65_535), { nil: undefined });
const host = fc.oneof(
  fc.tuple(label, fc.array(label, { minLength: 1, maxLength: 3 })).map(([a, b]) => [a, ...b].join(".")),
  fc.constantFrom("localhost", "127.0.0.1", "[::1]", "[2001:db8::42]", "Registry", "docker.io"),
);
const registry = fc.tuple(host, port).map(([name, at]) => (at === undefined ? name : `${name}:${at}`));
const component = fc
  .array(fc.tuple(word(lower, lower, 6), fc.constantFrom(".", "_", "__", "-", "---")), {
    minLength: 1,
    maxLength: 3,
  })
  .map((parts) => parts.flat().slice(0, -1).join(""));
const repository = fc
  .array(component, { minLength: 1, maxLength: 4 })
  .map((parts) => (parts.length === 1 ? ["acme", ...parts] : parts).join("/"));
const tag = word("abzABZ019_", "abzABZ019_.-", 20);
const digest = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => parseDigest(`sha256:${Buffer.from(bytes).toString("hex")}`));
const ociName: fc.Arbitrary<OciName> = fc.oneof(
  fc.record({ registry, repository, tag, digest: fc.constant(undefined) }),
  fc.record({ registry, repository, tag: fc.constant(undefined), digest }),
);

/** The canonical text of a name; a text that is none fails the test. */
function canonicalOf(text: string): string {
  const name = parseOciName(text);
  if (name === undefined) throw new Error(`${text} is no name`);
  return printOciName(name);
}

test("a name that is printed is parsed as the same name", () => {
  fc.assert(
    fc.property(ociName, (name) => {
      expect(parseOciName(printOciName(name))).toEqual(name);
    }),
    { numRuns: 2000 },
  );
});

test("a name's canonical text is parsed and printed as itself, whatever was typed", () => {
  const prefix = fc.oneof(
    registry.map((at) => `${at}/`),
    fc.constantFrom("acme/", "docker.io/", "index.docker.io/"),
  );
  const suffix = fc.oneof(
    fc.constant(""),
    tag.map((text) => `:${text}`),
    digest.map((text) => `@${text}`),
    fc.tuple(tag, digest).map(([text, by]) => `:${text}@${by}`),
  );
  const typed = fc.tuple(prefix, repository, suffix).map((parts) => parts.join(""));
  fc.assert(
    fc.property(typed, (text) => {
      const canonical = canonicalOf(text);
      expect(canonicalOf(canonical)).toBe(canonical);
    }),
    { numRuns: 2000 },
  );
});

test("printing leaves out a tag that a digest makes meaningless", () => {
  const name = parseOciName(`ghcr.io/acme/hello:1.0@${pin}`);
  expect(name?.tag).toBe("1.0");
  expect(canonicalOf(`ghcr.io/acme/hello:1.0@${pin}`)).toBe(`ghcr.io/acme/hello@${pin}`);
});

test("a registry and a repository have 255 characters together, at most", () => {
  const longest = `ghcr.io/${"a/".repeat(123)}a`;
  expect(longest).toHaveLength(255);
  expect(parseOciName(`${longest}:${"t".repeat(128)}@${pin}`)?.repository).toHaveLength(247);
  expect(parseOciName(`${longest}a`)).toBeUndefined();
});

test("what Docker leaves out counts for the length", () => {
  const longest = "a".repeat(255 - "docker.io/library/".length);
  expect(parseOciName(longest)?.repository).toBe(`library/${longest}`);
  expect(parseOciName(`${longest}a`)).toBeUndefined();
});
