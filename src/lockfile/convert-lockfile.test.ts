import { decode, encode } from "cborg";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rejectionOf } from "../../test/support/thrown.ts";
import { convertLockfile, diffLockfiles, type LockDialect, parseLockfile } from "./index.ts";

const path = "lock";
const pin = (letter: string): string => `sha256:${letter.repeat(64)}`;
const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const convert = (bytes: Uint8Array, to: LockDialect) => convertLockfile(bytes, { path, to });
const textOf = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes));

const component = (id: string, more: object = {}): object => ({
  component_id: id,
  ref: `oci://ghcr.io/acme/${id}:1.0.0`,
  abi_version: "0.6.0",
  resolved_digest: pin("a"),
  describe_hash: "b".repeat(64),
  operations: [{ operation_id: "run", schema_hash: "c".repeat(64) }],
  world: "greentic:component/component@0.5.0",
  ...more,
});
const pack = (...ids: readonly string[]): Uint8Array =>
  encode({ version: 1, components: Object.fromEntries(ids.map((id) => [id, component(id)])) });

describe("CBOR becomes JSON and CBOR again, byte for byte:", () => {
  test.each(["json-array", "json-object"] as const)("by way of %s", async (to) => {
    const bytes = pack("one", "another.one", "x");
    const there = await convert(bytes, to);
    expect(there.lost).toEqual([]);
    const back = await convert(there.bytes, "cbor");
    expect(back.lost).toEqual([]);
    expect(Buffer.from(back.bytes)).toEqual(Buffer.from(bytes));
  });

  test("and what stands in the JSON is what every reader knows, then what only pack tools do", async () => {
    const { bytes } = await convert(pack("x"), "json-object");
    expect(textOf(bytes)).toEqual({
      schema_version: 1,
      components: [
        {
          name: "x",
          ref: "oci://ghcr.io/acme/x:1.0.0",
          digest: pin("a"),
          component_id: "x",
          abi_version: "0.6.0",
          describe_hash: "b".repeat(64),
          operations: [{ operation_id: "run", schema_hash: "c".repeat(64) }],
          world: "greentic:component/component@0.5.0",
        },
      ],
    });
  });
});

test("what a list has no place for beside its entries is named", async () => {
  const lock = json({ schema_version: 1, components: [], pack: "x", "\u{202e}y": 1 });
  expect(await convert(lock, "json-array")).toMatchObject({
    lost: [{ index: undefined, keys: ["pack", "\u{202e}y"] }],
  });
  expect(await convert(lock, "json-object")).toMatchObject({ lost: [] });
});

test("what CBOR has no place for is named, each entry's", async () => {
  const { resolved_digest: digest, ...rest } = component("x") as Record<string, unknown>;
  const entry = {
    ...rest,
    digest,
    name: "node",
    wasm_sha256: "d".repeat(64),
    range: "^1",
    signature: "s",
    bundled: false,
  };
  const { bytes, lost } = await convert(
    json([
      { ...rest, digest, name: "x", component_id: null },
      { ...entry, component_id: "y" },
    ]),
    "cbor",
  );
  expect(lost).toEqual([{ index: 1, name: "node", keys: ["name", "range", "wasm_sha256", "signature"] }]);
  expect(Object.keys((decode(bytes) as { readonly components: object }).components)).toEqual(["x", "y"]);
});

test("bytes in CBOR that JSON has no word for are named", async () => {
  const bytes = encode({
    version: 1,
    sig: new Uint8Array(4),
    components: { x: component("x", { role: [{ a: new Uint8Array(1) }] }) },
  });
  const { lost, bytes: text } = await convert(bytes, "json-object");
  expect(lost).toEqual([
    { index: undefined, name: undefined, keys: ["sig"] },
    { index: 0, name: "x", keys: ["role"] },
  ]);
  expect(textOf(text)).not.toHaveProperty("sig");
});

test.each([
  [
    "no id, no digest and nothing that pack tools know",
    [{ ref: "acme/x" }],
    /entry 0 has no component_id, no digest, no abi_version, no describe_hash, no operations$/,
  ],
  [
    "a hash that is none",
    [{ name: "x", digest: pin("a"), abi_version: "1", describe_hash: "no", operations: [] }],
    /entry 0 `x` has no describe_hash$/,
  ],
  [
    "one component twice",
    ["a", "b"].map((name) => component("x", { name })),
    /entry 1 `x` is the same component as entry 0$/,
  ],
])("an entry that CBOR cannot hold at all is refused: %s", async (_, lock, message) => {
  const error = await rejectionOf(convert(json(lock), "cbor"));
  expect(error.code).toBe("INVALID_INPUT");
  expect(error.message).toMatch(message);
});

const hex = fc.stringMatching(/^[0-9a-f]{64}$/);
const word = fc.stringMatching(/^[a-z][a-z0-9.]{0,8}$/).map((text) => text.replaceAll(".", "-"));
const entries = fc
  .uniqueArray(
    fc.record(
      {
        name: word,
        ref: word.map((name) => `ghcr.io/acme/${name.replace(/-+$/, "")}:1`),
        digest: hex.map((digits) => `sha256:${digits}`),
        sha256: hex,
        component_id: word,
        range: fc.constantFrom("^1.2", ">=1 <2"),
        bundled_path: word,
        size_bytes: fc.nat(),
        media_type: word,
        signature: fc.jsonValue(),
        mine: fc.jsonValue(),
        ["__proto__"]: fc.jsonValue(),
        abi_version: word,
        describe_hash: hex,
        operations: fc.array(fc.record({ operation_id: word })),
      },
      { requiredKeys: ["name", "ref", "digest", "abi_version", "describe_hash", "operations"] },
    ),
    { selector: ({ name, component_id: id = name }) => id, maxLength: 5 },
  )
  .filter((list) => new Set(list.map(({ name }) => name)).size === list.length);

describe("whatever a lockfile says", () => {
  test("a list and an object hold all of it", async () => {
    await fc.assert(
      fc.asyncProperty(entries, async (list) => {
        const first = json(list);
        const object = await convert(first, "json-object");
        const back = await convert(object.bytes, "json-array");
        expect([object.lost, back.lost]).toEqual([[], []]);
        for (const { bytes } of [object, back]) {
          const diff = diffLockfiles(
            await parseLockfile(first, { path }),
            await parseLockfile(bytes, { path }),
          );
          expect(diff).toEqual({ added: [], removed: [], changed: [] });
        }
        expect((await convert(back.bytes, "json-object")).bytes).toEqual(object.bytes);
        for (const [i, entry] of (textOf(back.bytes) as object[]).entries()) {
          expect(entry).toMatchObject(
            JSON.parse(JSON.stringify({ mine: list[i]?.mine ?? undefined })) as object,
          );
        }
      }),
    );
  });

  test("is in CBOR, or named as lost", async () => {
    await fc.assert(
      fc.asyncProperty(entries, async (list) => {
        const { bytes, lost } = await convert(json(list), "cbor");
        const held = await convert(bytes, "json-array");
        expect(held.lost).toEqual([]);
        const byId = new Map(
          (textOf(held.bytes) as { readonly name: string }[]).map((one) => [one.name, one]),
        );
        for (const [i, entry] of list.entries()) {
          const { name, component_id: id = name } = entry;
          const there = new Set(
            Object.keys(byId.get(id) ?? {}).concat(lost.find(({ index }) => index === i)?.keys ?? []),
          );
          const said = Object.entries(entry).filter(([, value]) => value !== null && value !== undefined);
          const keys = said.map(([key]) => (key === "sha256" ? "wasm_sha256" : key));
          expect(keys.filter((key) => !there.has(key))).toEqual([]);
        }
      }),
    );
  });
});
