import { encode } from "cborg";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isDigest, isDistError } from "../core/index.ts";
import { type LockEntry, parseLockfile } from "./index.ts";

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const pin = `sha256:${"a".repeat(64)}`;
const component = {
  component_id: "x",
  ref: "oci://ghcr.io/a/b:1",
  abi_version: "0.6.0",
  resolved_digest: pin,
};
const entry = {
  name: "x",
  ref: "file:///a/../x.wasm",
  digest: pin,
  wasm_sha256: "b".repeat(64),
  bundled: true,
  bundled_path: "a/x.wasm",
  component_id: "x",
  size_bytes: 1,
  signature: "e30=",
};

/** Whether the bytes are read or refused, and neither in a wrong way. */
async function outcomeOf(bytes: Uint8Array): Promise<string> {
  try {
    const { entries } = await parseLockfile(bytes, { path: "pack.lock" });
    return entries.every(isSound) ? "read" : `read ${JSON.stringify(entries)}`;
  } catch (error) {
    if (!isDistError(error, "INVALID_LOCKFILE")) return `thrown ${String(error)}`;
    const isClear =
      /^invalid lockfile `pack\.lock`: \P{Cc}+$/u.test(error.message) && error.hint !== undefined;
    return isClear ? "refused" : `refused with ${error.message}`;
  }
}

function isSound({ reference, digest, contentDigest, bundledPath = "x", sizeBytes = 0 }: LockEntry): boolean {
  return (
    reference !== "" &&
    [digest, contentDigest].every((value) => value === undefined || isDigest(value)) &&
    !/^\/|(?:^|\/)\.\.(?:\/|$)|[\\:\0]/.test(bundledPath) &&
    Number.isSafeInteger(sizeBytes)
  );
}

/** Runs it, and counts how often the outcome was "read". */
async function readsOf(files: fc.Arbitrary<Uint8Array>, numRuns: number): Promise<number> {
  let reads = 0;
  await fc.assert(
    fc.asyncProperty(files, async (bytes) => {
      const outcome = await outcomeOf(bytes);
      expect(["read", "refused"]).toContain(outcome);
      if (outcome === "read") reads += 1;
    }),
    { numRuns },
  );
  return reads;
}

describe("whatever a file holds, it is read or refused", () => {
  const seeds = {
    JSON: [
      json({ schema_version: 1, components: [entry, { reference: "https://h/x" }, "oci://x/y"] }),
      json([{ digest: pin }, { name: "y", source_ref: "repo://a@1.0.0", resolved_digest: pin }, "./x.wasm"]),
    ],
    CBOR: [
      encode({ version: 1, components: { x: { ...component, operations: [{ operation_id: "run" }] } } }),
      encode({ version: 1, components: { x: component, y: { ...component, component_id: "y" } } }),
    ],
  };
  const signs =
    '{ } [ ] " , : \\ null 1e999 -1 "__proto__":{"ref":"x"}, \\u0000 \\ud800 ../ @ :// u:p@'.split(" ");
  const pieces = [
    ...signs.map((sign) => Buffer.from(sign)),
    ...Array.from({ length: 256 }, (_, byte) => Buffer.from([byte])),
  ];
  const place = fc.nat(999).map((thousandths) => thousandths / 1000);
  /** Puts something in the place of up to three bytes: a piece, or a part of the file itself. */
  const edit = fc.record({
    at: place,
    length: fc.nat(3),
    from: place,
    put: fc.option(fc.constantFrom(...pieces)),
  });
  const edits = fc.array(edit, { minLength: 1, maxLength: 3 });

  test.each(Object.entries(seeds))("10,000 files of %s with other bytes", async (_, files) => {
    const edited = fc.tuple(fc.constantFrom(...files), edits).map(([file, list]) => {
      let bytes = Buffer.from(file);
      for (const { at, length, from, put } of list) {
        const start = Math.floor(at * bytes.length);
        const source = Math.floor(from * bytes.length);
        const piece = put ?? bytes.subarray(source, source + 20);
        bytes = Buffer.concat([bytes.subarray(0, start), piece, bytes.subarray(start + length)]);
      }
      return bytes;
    });
    expect(await readsOf(edited, 10_000)).toBeGreaterThan(100);
  });

  const value = fc.oneof(
    fc.constantFrom<unknown>(
      pin,
      "b".repeat(64),
      "x",
      "a/x.wasm",
      "../x",
      "oci://x/y",
      "ftp://x",
      "u:p@h/x",
      true,
      1,
    ),
    fc.string({ unit: "binary" }),
    fc.jsonValue(),
  );
  const keys = [
    ...Object.keys(entry),
    "reference",
    "source_ref",
    "resolved_digest",
    "sha256",
    "path",
    "__proto__",
    "x",
  ];
  const changed = (fields: object): fc.Arbitrary<object> =>
    fc
      .dictionary(fc.constantFrom(...keys), value, { maxKeys: 2 })
      .map((more) => Object.assign({}, fields, more));
  const components = fc.array(fc.oneof(changed({}), changed(component), changed(entry), value), {
    maxLength: 3,
  });

  test.each([
    ["lists of JSON", components.map(json)],
    ["objects of JSON", fc.record({ schema_version: fc.oneof(fc.constant(1), value), components }).map(json)],
    [
      "CBOR",
      fc
        .dictionary(fc.constantFrom("x", "y", "__proto__"), fc.oneof(changed(component), value), {
          maxKeys: 2,
        })
        .map((map) => encode({ version: 1, components: map })),
    ],
  ])("5,000 %s with other values", async (_, files) => {
    expect(await readsOf(files, 5000)).toBeGreaterThan(500);
  });

  test("5,000 files of any bytes, or any JSON", async () => {
    const anything = fc.oneof(
      fc.uint8Array(),
      fc.json().map((text) => new TextEncoder().encode(text)),
    );
    expect(await readsOf(anything, 5000)).toBeGreaterThan(100);
  });
});
