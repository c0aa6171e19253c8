import { encode } from "cborg";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { digestFromHex } from "../core/index.ts";
import { type LockEntry, type Lockfile, type LockRecord, parseLockfile, printLockfile } from "./index.ts";

const parse = (bytes: Uint8Array): Promise<Lockfile> => parseLockfile(bytes, { path: "pack.lock" });
const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

const hex = fc.stringMatching(/^[0-9a-f]{64}$/);
const digest = hex.map((digits) => digestFromHex(digits)!);
const text = fc
  .oneof(fc.string({ unit: "grapheme", minLength: 1 }), fc.string({ unit: "binary", minLength: 1 }))
  .filter((value) => value === value.trim() && !/[\p{Cc}\p{Surrogate}\ufffd\ufeff]/u.test(value));
const reference = fc.oneof(
  text.map((name) => `./${name}`),
  text.map((name) => `file:///${encodeURIComponent(name)}.wasm`),
  digest.map((pin) => `oci://ghcr.io/acme/x:1@${pin}`),
  fc.constantFrom(
    "repo://a.b@1.0.0",
    "store://greentic-biz/t/x:1",
    "https://h/x.wasm?a=b",
    "fixture://x",
    "acme/x",
  ),
);
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });
const record: fc.Arbitrary<Required<LockRecord>> = fc.record({
  name: text,
  reference,
  range: maybe(text),
  digest,
  contentDigest: maybe(digest),
  componentId: maybe(text),
  sizeBytes: maybe(fc.maxSafeNat()),
  mediaType: maybe(text),
});
const records = fc.uniqueArray(record, { selector: ({ name }) => name, maxLength: 8 });
const bundledPath = maybe(fc.constantFrom("x.wasm", "./x.wasm", "a/b/.c/x y.wasm", "...x"));

const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : 1;
const all = (keys: readonly string[], value: unknown): (readonly [string, unknown])[] =>
  keys.map((key) => [key, value]);
const entryOf = (fields: Required<LockRecord>, index: number): LockEntry => ({
  bundledPath: undefined,
  hasSignature: false,
  index,
  ...fields,
});

describe("what is printed is read again", () => {
  test("as an object of JSON", async () => {
    await fc.assert(
      fc.asyncProperty(records, async (list) => {
        const lock = await parse(new TextEncoder().encode(printLockfile(list)));
        const entries = list.toSorted(byName).map(entryOf);
        expect(lock).toEqual({ dialect: "json-object", schemaVersion: 1, entries });
      }),
    );
  });

  test("and printed again it is the same, in whatever order it was given", () => {
    fc.assert(
      fc.property(records, fc.infiniteStream(fc.nat()), (list, order) => {
        const shuffled = list
          .map((value) => ({ value, at: order.next().value }))
          .toSorted((a, b) => a.at - b.at);
        expect(printLockfile(shuffled.map(({ value }) => value))).toBe(printLockfile(list));
      }),
    );
  });

  test("as a list of JSON, in every spelling", async () => {
    const spelled = fc.record({
      fields: record,
      path: bundledPath,
      signed: fc.boolean(),
      ref: fc.subarray(["reference", "ref", "source_ref"], { minLength: 1 }),
      pin: fc.subarray(["digest", "resolved_digest"], { minLength: 1 }),
      sha: fc.subarray(["wasm_sha256", "sha256"], { minLength: 1 }),
      bare: fc.boolean(),
      at: fc.subarray(["bundled_path", "path"], { minLength: 1 }),
    });
    const unique = fc.uniqueArray(spelled, { selector: ({ fields }) => fields.name, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(unique, async (list) => {
        const components = list.map(({ fields, path, signed, ref, pin, sha, bare, at }) => {
          const content = bare ? fields.contentDigest?.slice("sha256:".length) : fields.contentDigest;
          return {
            ...Object.fromEntries([
              ...all(ref, fields.reference),
              ...all(pin, fields.digest),
              ...all(sha, content),
              ...all(at, path),
            ]),
            name: fields.name,
            range: fields.range,
            component_id: fields.componentId,
            size_bytes: fields.sizeBytes,
            media_type: fields.mediaType,
            signature: signed ? "e30=" : undefined,
          };
        });
        const entries = list.map(({ fields, path, signed }, index) => ({
          ...entryOf(fields, index),
          bundledPath: path,
          hasSignature: signed,
        }));
        expect(await parse(json(components))).toEqual({ dialect: "json-array", schemaVersion: 1, entries });
      }),
    );
  });

  test("as CBOR", async () => {
    await fc.assert(
      fc.asyncProperty(records, async (list) => {
        const components = Object.fromEntries(
          list.map(({ name, reference: ref, digest: pin }) => [
            name,
            {
              component_id: name,
              ref,
              abi_version: "0.6.0",
              resolved_digest: pin,
              describe_hash: "",
              operations: [],
            },
          ]),
        );
        const { dialect, entries } = await parse(encode({ version: 1, components }));
        const given = list.toSorted(byName).map(({ name, reference: ref, digest: pin }) => ({
          name,
          componentId: name,
          reference: ref,
          digest: pin,
        }));
        expect(dialect).toBe("cbor");
        expect(entries).toMatchObject(given);
        expect(entries).toHaveLength(given.length);
      }),
    );
  });
});
