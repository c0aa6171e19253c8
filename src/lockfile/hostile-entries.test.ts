import { encode } from "cborg";
import { describe, expect, test } from "vitest";
import { rejectionOf } from "../../test/support/thrown.ts";
import { parseLockfile } from "./index.ts";

const hex = "a".repeat(64);
const digest = `sha256:${hex}`;
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const json = (value: unknown): Uint8Array => utf8(JSON.stringify(value));
const raw = (text: string): Uint8Array => Buffer.from(text.replaceAll(" ", ""), "hex");
const entry = (fields: object): Uint8Array => json([{ name: "one", ref: "oci://ghcr.io/a/b:1", ...fields }]);
const component = (fields: object, id = "one"): Uint8Array =>
  encode({ version: 1, components: { [id]: { component_id: "one", resolved_digest: digest, ...fields } } });
/** `{"version": 1, "components": …}` with the bytes of anything for its components. */
const cborWith = (components: string): Uint8Array =>
  raw(`a2 6776657273696f6e 01 6a636f6d706f6e656e7473 ${components}`);

const text = "text without control characters, or spaces around it";
const inside = "the path of a file inside the lockfile's folder, with forward slashes";
const entries: readonly (readonly [title: string, bytes: Uint8Array, says: string | RegExp])[] = [
  ["a number", json([3]), "is 3, expected a reference or an object"],
  ["null", json([null]), "is null, expected a reference or an object"],
  ["a list", json([["a"]]), "is a list, expected a reference or an object"],
  ["empty", json([{}]), "has neither a reference nor a digest"],
  ["an empty text", json([""]), `has a reference that is \`\`, expected ${text}`],
  ["a space", json([" "]), `has a reference that is \` \`, expected ${text}`],
  [
    "a reference with a space before it",
    json([" https://u:hunter2@h/x"]),
    /has a reference that is ` https:\/\/\*\*\*@h\/x`/,
  ],
  [
    "a reference with a NUL",
    json(["x\0y.wasm"]),
    `has a reference that is \`x\\u{0}y.wasm\`, expected ${text}`,
  ],
  [
    "a reference with a line break",
    json(["ht\ntps://u:hunter2@h/x"]),
    /has a reference that is `ht\\u\{a\}tps:\/\/\*\*\*@h\/x`/,
  ],
  [
    "a reference with half a character",
    utf8('["\\ud800"]'),
    `has a reference that is \`\\u{d800}\`, expected ${text}`,
  ],
  ["a reference that is a number", json([{ ref: 1 }]), `has a ref that is 1, expected ${text}`],
  [
    "an unknown scheme",
    json(["ftp://h/x"]),
    /has an invalid reference `ftp:\/\/h\/x`: schemes that are known/,
  ],
  ["javascript:", json(["javascript://x"]), /has an invalid reference/],
  ["a digest that is cut off", json(["sha256:aa"]), /has an invalid reference `sha256:aa`: a digest is/],
  ["a bad name in a registry", json(["oci://GHCR.io/A b"]), /has an invalid reference/],
  [
    "a login for a web server",
    entry({ ref: "https://u:hunter2@h/x.wasm" }),
    "has credentials in its reference `https://***@h/x.wasm`; a lockfile carries none",
  ],
  [
    "a token for a web server",
    entry({ ref: "https://hunter2@h/x.wasm" }),
    /has credentials in its reference `https:\/\/\*\*\*@h/,
  ],
  ["a login after one slash", entry({ ref: "https:/u:hunter2@h/x.wasm" }), /has credentials/],
  ["a login after backslashes", entry({ ref: "https:\\\\u:hunter2@h/x.wasm" }), /has credentials/],
  [
    "a login without a scheme",
    entry({ ref: "u:hunter2@ghcr.io/a/b:1" }),
    /has credentials in its reference `\*\*\*@ghcr.io/,
  ],
  ["a login for a registry", entry({ ref: "oci://u:hunter2@ghcr.io/a/b:1" }), /has credentials/],
  ["a login for a mapped registry", entry({ ref: "repo://u:hunter2@ghcr.io/a" }), /has credentials/],
  [
    "a digest in capitals",
    entry({ digest: digest.toUpperCase() }),
    /has a digest that is `SHA256:A+`, expected sha256:/,
  ],
  ["a digest without sha256:", entry({ digest: hex }), /has a digest that is `a+`, expected sha256:/],
  ["a digest with 63 digits", entry({ digest: digest.slice(0, -1) }), /has a digest that is/],
  ["a digest with a line break", entry({ digest: `${digest}\n` }), /has a digest that is/],
  ["a digest of another kind", entry({ digest: `sha512:${hex}${hex}` }), /has a digest that is/],
  ["a digest that climbs", entry({ digest: `sha256:../../${hex.slice(6)}` }), /has a digest that is/],
  [
    "a wasm_sha256 that is none",
    entry({ wasm_sha256: "zz" }),
    "has a wasm_sha256 that is `zz`, expected 64 lower-case hex digits, with or without sha256:",
  ],
  [
    "digests that disagree",
    entry({ digest, resolved_digest: `sha256:${"b".repeat(64)}` }),
    /has a digest and a resolved_digest that disagree: `sha256:a+` and `sha256:b+`/,
  ],
  [
    "hashes that disagree",
    entry({ wasm_sha256: hex, sha256: "b".repeat(64) }),
    /has a wasm_sha256 and a sha256 that disagree/,
  ],
  [
    "references that disagree",
    entry({ source_ref: "oci://evil.example/a/b:1" }),
    "has a ref and a source_ref that disagree: `oci://ghcr.io/a/b:1` and `oci://evil.example/a/b:1`",
  ],
  [
    "paths that disagree",
    entry({ bundled_path: "a.wasm", path: "b.wasm" }),
    "has a bundled_path and a path that disagree: `a.wasm` and `b.wasm`",
  ],
  ["a name that is a number", json([{ name: 1, ref: "a" }]), `has a name that is 1, expected ${text}`],
  [
    "a name with an escape",
    json([{ name: "\u001b[2J", ref: "a" }]),
    `has a name that is \`\\u{1b}[2J\`, expected ${text}`,
  ],
  [
    "a component id that is a list",
    entry({ component_id: [] }),
    `has a component_id that is a list, expected ${text}`,
  ],
  ["a bundled that is 1", entry({ bundled: 1 }), "has a bundled that is 1, expected true or false"],
  ["a bundled without a path", entry({ bundled: true }), "is bundled and has no bundled_path"],
  [
    "a path that is not bundled",
    entry({ bundled: false, path: "a.wasm" }),
    "has a bundled_path and is not bundled",
  ],
  ...[
    "../x.wasm",
    "a/../../x.wasm",
    "a/..",
    "..",
    ".",
    "",
    "/etc/passwd",
    "//host/x",
    "a//b",
    "a/",
    "~/../x/..",
    "..\\x.wasm",
    "a\\b",
    "C:/x.wasm",
    "c:x.wasm",
    "x.wasm:stream",
    "file:///x.wasm",
    "x\0.wasm",
    "a/.. /x",
    "a/... /x",
    "a/x.wasm.",
    "a/x\n",
    "\u2028",
  ].map(
    (path) =>
      [
        `the bundled path ${JSON.stringify(path)}`,
        entry({ bundled: true, bundled_path: path }),
        new RegExp(`expected ${inside}$`),
      ] as const,
  ),
  [
    "a bundled path that is a list",
    entry({ bundled_path: ["a"] }),
    `has a bundled_path that is a list, expected ${inside}`,
  ],
  [
    "a size below 0",
    entry({ size_bytes: -1 }),
    "has a size_bytes that is -1, expected a whole number of bytes",
  ],
  [
    "half a byte",
    entry({ size_bytes: 0.5 }),
    "has a size_bytes that is 0.5, expected a whole number of bytes",
  ],
  ["a size beyond 2^53", entry({ size_bytes: 2 ** 53 }), /has a size_bytes that is 9007199254740992/],
  ["a size in quotes", entry({ size_bytes: "1" }), /has a size_bytes that is `1`/],
  ["a media type that is a number", entry({ media_type: 1 }), `has a media_type that is 1, expected ${text}`],
  [
    "what __proto__ would lend it",
    utf8(`[{"__proto__": {"ref": "oci://evil.example/x", "digest": "${digest}"}}]`),
    "has neither a reference nor a digest",
  ],
  [
    "another id than its key",
    component({ component_id: "two" }),
    "has the component_id `two`, expected the key it stands under",
  ],
  [
    "no component id",
    component({ component_id: null }),
    "has the component_id undefined, expected the key it stands under",
  ],
  ["no digest in CBOR", component({ resolved_digest: null, ref: "oci://x/y" }), "has no resolved_digest"],
  [
    "the digest of a text that is no UTF-8",
    cborWith(
      `a1 61ff a2 6c636f6d706f6e656e745f6964 61ff 6f7265736f6c7665645f646967657374 7847 ${Buffer.from(digest).toString("hex")}`,
    ),
    `has a name that is \`\ufffd\`, expected ${text}, has a component_id that is \`\ufffd\`, expected ${text}`,
  ],
  [
    "a text in a map",
    encode({ version: 1, components: { one: "oci://x/y" } }),
    "is `oci://x/y`, expected an object",
  ],
  [
    "bytes in a map",
    encode({ version: 1, components: { one: new Uint8Array(1) } }),
    /has neither a reference nor a digest/,
  ],
];

const parse = (bytes: Uint8Array) => parseLockfile(bytes, { path: "pack.lock" });

describe("a hostile entry is named", () => {
  test.each(entries)("%s", async (_, bytes, says) => {
    const { code, message, details, hint } = await rejectionOf(parse(bytes));
    expect(code).toBe("INVALID_LOCKFILE");
    const why = /^invalid lockfile `pack\.lock`: entry 0 (?:`one` )?(.*)$/s.exec(message)?.[1];
    expect(why).toMatch(says);
    expect(JSON.stringify({ message, details, hint })).not.toContain("hunter2");
  });
});

describe("what a lockfile may not say has no meaning", () => {
  const smuggled = {
    insecure: true,
    insecure_registries: ["evil.example"],
    mirrors: { "ghcr.io": "evil.example" },
    auth: "dTpw",
    token: "hunter2",
    trust: ["evil"],
    cache_dir: "/",
    constructor: { prototype: { reference: "evil" } },
    toString: "evil",
  };

  test("beside the components, or in an entry", async () => {
    const plain = { name: "one", ref: "oci://ghcr.io/a/b:1" };
    const { entries: found } = await parse(json({ ...smuggled, components: [{ ...smuggled, ...plain }] }));
    expect(found).toEqual((await parse(json([plain]))).entries);
  });

  test("__proto__ changes no prototype", async () => {
    await parse(
      utf8('{"__proto__": {"polluted": 1}, "components": [{"__proto__": {"polluted": 1}, "ref": "a"}]}'),
    );
    const id = "__proto__";
    const { entries: found } = await parse(
      cborWith(
        `a1 69${Buffer.from(id).toString("hex")} ${Buffer.from(encode({ component_id: id, resolved_digest: digest })).toString("hex")}`,
      ),
    );
    expect(found.map(({ name }) => name)).toEqual([id]);
    expect({}).not.toHaveProperty("polluted");
  });
});
