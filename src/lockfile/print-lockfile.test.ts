import { describe, expect, test } from "vitest";
import { thrownBy } from "../../test/support/thrown.ts";
import { parseDigest } from "../core/index.ts";
import { type LockRecord, printLockfile } from "./index.ts";

const digest = parseDigest(`sha256:${"a".repeat(64)}`);
const contentDigest = parseDigest(`sha256:${"b".repeat(64)}`);
const record: LockRecord = { name: "one", reference: "oci://ghcr.io/acme/one:1", digest };

test("a lockfile is printed in the order of names, in the dialect that all readers share", () => {
  const full: LockRecord = {
    name: "Another",
    reference: "file:x.wasm",
    digest: contentDigest,
    contentDigest,
    componentId: "acme.another",
    sizeBytes: 12,
    mediaType: "application/wasm",
  };
  expect(printLockfile([record, full])).toBe(`{
  "schema_version": 1,
  "components": [
    {
      "name": "Another",
      "ref": "file:x.wasm",
      "digest": "sha256:${"b".repeat(64)}",
      "wasm_sha256": "${"b".repeat(64)}",
      "component_id": "acme.another",
      "size_bytes": 12,
      "media_type": "application/wasm"
    },
    {
      "name": "one",
      "ref": "oci://ghcr.io/acme/one:1",
      "digest": "sha256:${"a".repeat(64)}"
    }
  ]
}
`);
});

test("a lockfile of nothing is printed", () => {
  expect(printLockfile([])).toBe('{\n  "schema_version": 1,\n  "components": []\n}\n');
});

describe("what could not be read back is not printed", () => {
  test.each<[string, readonly LockRecord[], RegExp]>([
    [
      "a name given twice",
      [record, { ...record, reference: "x" }],
      /^`one` cannot be written into a lockfile: it is named twice$/,
    ],
    ["no name", [{ ...record, name: "" }], /it has a name that is ``/],
    ["no reference", [{ ...record, reference: "" }], /it has a ref that is ``/],
    [
      "a login",
      [{ ...record, reference: "https://u:hunter2@h/x.wasm" }],
      /it has credentials in its reference/,
    ],
    ["half a byte", [{ ...record, sizeBytes: 0.5 }], /it has a size_bytes that is 0.5/],
  ])("%s", (_, records, says) => {
    const { code, message } = thrownBy(() => printLockfile(records));
    expect(code).toBe("INVALID_INPUT");
    expect(message).toMatch(says);
    expect(message).not.toContain("hunter2");
  });
});
