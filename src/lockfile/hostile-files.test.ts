import { encode } from "cborg";
import { describe, expect, test } from "vitest";
import { rejectionOf } from "../../test/support/thrown.ts";
import { lockfileLimits, parseLockfile } from "./index.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const json = (value: unknown): Uint8Array => utf8(JSON.stringify(value));
const raw = (text: string): Uint8Array => Buffer.from(text.replaceAll(" ", ""), "hex");
const nested = (open: string, close: string, levels: number): string =>
  open.repeat(levels) + close.repeat(levels);
/** `{"version": 1, "components": …}` with the bytes of anything for its components. */
const cborWith = (components: string): Uint8Array =>
  raw(`a2 6776657273696f6e 01 6a636f6d706f6e656e7473 ${components}`);

const files: readonly (readonly [title: string, bytes: Uint8Array, says: string | RegExp])[] = [
  ["nothing", utf8(""), "is empty"],
  ["spaces only", utf8(" \n"), "is neither a list or an object of JSON nor a map of CBOR"],
  ["a byte order mark", utf8("\ufeff{}"), "begins with a byte order mark, expected plain UTF-8"],
  [
    "UTF-16 with a mark",
    Buffer.from("\ufeff{}", "utf16le"),
    "begins with a byte order mark, expected plain UTF-8",
  ],
  ["big-endian UTF-16", raw("fe ff 00 7b 00 7d"), "begins with a byte order mark, expected plain UTF-8"],
  ["UTF-16 without a mark", Buffer.from("{}", "utf16le"), "is in UTF-16, expected plain UTF-8"],
  ["bytes that are no UTF-8", Buffer.concat([utf8('["'), raw("ff"), utf8('"]')]), "is not in UTF-8"],
  ["an overlong NUL", Buffer.concat([utf8('["'), raw("c080"), utf8('"]')]), "is not in UTF-8"],
  [
    "a pack instead of its lock",
    utf8("PK\u0003\u0004"),
    "is neither a list or an object of JSON nor a map of CBOR",
  ],
  [
    "a component instead of a lock",
    raw("0061736d"),
    "is neither a list or an object of JSON nor a map of CBOR",
  ],
  ["big-endian UTF-16 without a mark", raw("007b 007d"), "is in UTF-16, expected plain UTF-8"],
  ["YAML", utf8("components: []"), "is neither a list or an object of JSON nor a map of CBOR"],
  ["a text of JSON", utf8('"x"'), "is neither a list or an object of JSON nor a map of CBOR"],
  ["null", utf8("null"), "is neither a list or an object of JSON nor a map of CBOR"],
  ["JSON that ends early", utf8('{"components": ['), "is no valid JSON"],
  ["JSON with something after it", utf8("[] x"), "is no valid JSON (line 1)"],
  ["two documents", utf8("[]\n[]"), "is no valid JSON (line 2)"],
  ["a comma too many", utf8("[\n1,\n]"), "is no valid JSON"],
  ["a comment", utf8("[] // x"), "is no valid JSON (line 1)"],
  ["NaN", utf8('{"schema_version": NaN}'), "is no valid JSON"],
  ["10,000 lists", utf8(nested("[", "]", 10_000)), "is nested deeper than 64 levels"],
  [
    "10,000 objects",
    utf8(nested('{"a":', "}", 10_000).replace("}", "1}")),
    "is nested deeper than 64 levels",
  ],
  ["2,000,000 lists that stay open", utf8("[".repeat(2_000_000)), "is nested deeper than 64 levels"],
  [
    "65 levels in a field that nobody reads",
    utf8(`[{"x":${nested("[", "]", 63)}}]`),
    /nested deeper than 64/,
  ],
  [
    "a key given twice",
    utf8('{"components":["a"],"components":["b"]}'),
    /the key `components` twice .*\(line 1\)/,
  ],
  ["a key given twice in an entry", utf8('[{"ref":"a",\n"ref":"b"}]'), /the key `ref` twice .*\(line 2\)/],
  ["a key given twice with an escape", utf8('[{"ref":"a","\\u0072ef":"b"}]'), /the key `ref` twice/],
  ["__proto__ given twice", utf8('[{"__proto__":1,"__proto__":2}]'), /the key `__proto__` twice/],
  [
    "a control character in a key that is named",
    utf8('{"\\u001b":1,"\\u001b":1}'),
    /the key `\\u\{1b\}` twice/,
  ],
  [
    "more bytes than a lockfile has",
    new Uint8Array(lockfileLimits.bytes + 1).fill(0x20),
    /4194305 bytes, expected at/,
  ],
  [
    "more entries than a lockfile has",
    json(Array(20_001).fill("a")),
    "has 20001 entries, expected at most 20000",
  ],
  ["components that are null", json({ components: null }), "has components that are null, expected a list"],
  [
    "components that are an object",
    json({ components: {} }),
    "has components that are an object, expected a list",
  ],
  ["components that are a text", json({ components: "a" }), "has components that are `a`, expected a list"],
  ["a version 0", json({ schema_version: 0 }), "has the schema_version 0, expected 1"],
  ["a version below 0", json({ schema_version: -1 }), "has the schema_version -1, expected 1"],
  ["a version in quotes", json({ schema_version: "1" }), "has the schema_version `1`, expected 1"],
  ["a version that is a list", json({ schema_version: [1] }), "has the schema_version a list, expected 1"],
  ["version 1.5", json({ schema_version: 1.5 }), /has the schema_version 1.5, .*too old/],
  ["version 1e400", utf8('{"schema_version": 1e400}'), /has the schema_version Infinity, .*too old/],
  [
    "CBOR that is no map at the top",
    raw("81 00"),
    "is neither a list or an object of JSON nor a map of CBOR",
  ],
  ["CBOR with a tag", raw("d9d9f7 a0"), "is no valid CBOR: tag not supported (55799)"],
  ["CBOR of indefinite length", raw("bf ff"), "is no valid CBOR: indefinite length items not allowed"],
  [
    "CBOR that ends early",
    raw("a2 6776657273696f6e 01"),
    /is no valid CBOR: found map but not enough entries/,
  ],
  [
    "CBOR with bytes after it",
    Buffer.concat([cborWith("a0"), raw("00")]),
    /is no valid CBOR: too many terminals/,
  ],
  ["CBOR with a huge map", cborWith("bb 001fffffffffffff"), /is no valid CBOR: found map but not enough/],
  ["CBOR with a map of 2^64", cborWith("bb ffffffffffffffff"), /is no valid CBOR/],
  ["CBOR with a text of 4 GiB", cborWith("7a ffffffff 61"), /is no valid CBOR: not enough data/],
  [
    "CBOR with a key given twice",
    cborWith("a2 6161 a0 6161 a0"),
    'is no valid CBOR: found repeat map key "a"',
  ],
  [
    "CBOR with __proto__ given twice",
    cborWith("a2 695f5f70726f746f5f5f a0 695f5f70726f746f5f5f a0"),
    /repeat map key/,
  ],
  [
    "CBOR with a key that is a number",
    cborWith("a1 01 a0"),
    "is no valid CBOR: non-string keys not supported (got number)",
  ],
  [
    "CBOR with a key that is bytes",
    cborWith("a1 4161 a0"),
    "is no valid CBOR: non-string keys not supported (got object)",
  ],
  [
    "CBOR with a number in a longer form",
    raw("a2 6776657273696f6e 1801 6a636f6d706f6e656e7473 a0"),
    /is no valid CBOR: integer/,
  ],
  [
    "CBOR with 10,000 lists",
    cborWith(`${"81".repeat(10_000)}00`),
    "is no valid CBOR: nested deeper than 64 levels",
  ],
  [
    "CBOR with 10,000 maps",
    cborWith(`${"a16161".repeat(10_000)}00`),
    "is no valid CBOR: nested deeper than 64 levels",
  ],
  [
    "CBOR with 4,000,000 open lists",
    cborWith("81".repeat(4_000_000)),
    "is no valid CBOR: nested deeper than 64 levels",
  ],
  ["CBOR with undefined", cborWith("f7"), /is no valid CBOR: undefined values are not supported/],
  ["CBOR with a break", cborWith("ff"), /is no valid CBOR/],
  ["CBOR without a version", encode({ components: {} }), "has the version undefined, expected 1"],
  [
    "CBOR with a version in quotes",
    encode({ version: "1", components: {} }),
    "has the version `1`, expected 1",
  ],
  ["CBOR without components", encode({ version: 1 }), "has components that are undefined, expected a map"],
  [
    "CBOR with a list of components",
    encode({ version: 1, components: [] }),
    "has components that are a list, expected a map",
  ],
  ["CBOR with bytes for components", cborWith("4161"), "has components that are an object, expected a map"],
];

const parse = (bytes: Uint8Array) => parseLockfile(bytes, { path: "pack.lock" });

describe("a hostile file is refused", () => {
  test.each(files)("%s", async (_, bytes, says) => {
    const { code, message } = await rejectionOf(parse(bytes));
    expect(code).toBe("INVALID_LOCKFILE");
    expect(message.startsWith("invalid lockfile `pack.lock`: ")).toBe(true);
    const why = message.slice("invalid lockfile `pack.lock`: ".length);
    expect(why).toMatch(says);
  });
});

test("a lockfile as large as allowed is read", async () => {
  const lock = json(Array.from({ length: lockfileLimits.entries }, (_, i) => `components/${i}`));
  const padded = Buffer.concat([lock, Buffer.alloc(lockfileLimits.bytes - lock.length, " ")]);
  expect((await parse(padded)).entries).toHaveLength(lockfileLimits.entries);
});
