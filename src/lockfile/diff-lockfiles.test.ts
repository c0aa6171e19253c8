import { encode } from "cborg";
import { expect, test } from "vitest";
import { diffLockfiles, type LockDiff, type LockEntry, parseLockfile } from "./index.ts";

const digestA = `sha256:${"a".repeat(64)}`;
const digestB = `sha256:${"b".repeat(64)}`;

const parse = (bytes: Uint8Array) => parseLockfile(bytes, { path: "lock" });
const json = (lock: unknown) => parse(new TextEncoder().encode(JSON.stringify(lock)));
const cbor = (components: unknown) => parse(encode({ version: 1, components }));
const diffOf = async (before: unknown, after: unknown): Promise<object> =>
  brief(diffLockfiles(await json(before), await json(after)));

const said = ({ name, reference }: LockEntry): string => name ?? reference;

function brief({ added, removed, changed }: LockDiff): object {
  return {
    added: added.map(said),
    removed: removed.map(said),
    changed: changed.map(({ before, after, fields }) => [said(before), said(after), ...fields]),
  };
}

const nothing = { added: [], removed: [], changed: [] };

test.each([
  {
    title: "spellings of keys and references, order, sizes and what one has no word for",
    before: [
      {
        name: "a",
        reference: "oci://ghcr.io/acme/a:1",
        resolved_digest: digestA,
        wasm_sha256: digestB.slice(7),
      },
      { name: "b", ref: "./x/../b.wasm", digest: digestB, size_bytes: 1 },
    ],
    after: {
      schema_version: 1,
      components: [
        { name: "b", source_ref: "file:b.wasm", digest: digestB, component_id: "b" },
        {
          name: "a",
          ref: "ghcr.io/acme/a:1",
          digest: digestA,
          sha256: digestB,
          media_type: "application/wasm",
        },
      ],
    },
  },
  {
    title: "a name that only one has",
    before: ["acme/x:1"],
    after: [{ name: "x", ref: "docker.io/acme/x:1" }],
  },
  {
    title: "a bundled path that is written in another way",
    before: [{ name: "a", ref: "acme/a", bundled_path: "./a.wasm" }],
    after: [{ name: "a", ref: "acme/a", bundled_path: "a.wasm" }],
  },
])("$title: no difference", async ({ before, after }) => {
  expect(await diffOf(before, after)).toEqual(nothing);
  expect(await diffOf(after, before)).toEqual(nothing);
});

test("CBOR and JSON that mean the same do not differ", async () => {
  const pack = await cbor({
    x: { component_id: "x", ref: "oci://ghcr.io/acme/x:1", resolved_digest: digestA },
  });
  for (const fields of [{ name: "x" }, { component_id: "x" }, { name: "x", component_id: "x" }]) {
    const lock = await json([{ ...fields, ref: "ghcr.io/acme/x:1", digest: digestA }]);
    expect(brief(diffLockfiles(pack, lock))).toEqual(nothing);
  }
});

test("what came, went and changed is told apart, each with what of it changed", async () => {
  const before = [
    { name: "same", ref: "acme/same:1", digest: digestA },
    { name: "moved", ref: "acme/moved:1", digest: digestA },
    { name: "newer", ref: "acme/newer:1", digest: digestA },
    { name: "gone", ref: "acme/gone:1", digest: digestA },
    { name: "signed", ref: "acme/signed:1", signature: "x" },
  ];
  const after = [
    { name: "new", ref: "acme/gone:1", digest: digestA },
    { name: "newer", ref: "acme/newer:2", digest: digestB },
    { name: "moved", ref: "acme/moved:1", digest: digestB },
    { name: "same", ref: "acme/same:1", digest: digestA },
    { name: "signed", ref: "acme/signed:1", bundled_path: "x" },
  ];
  expect(await diffOf(before, after)).toEqual({
    added: ["new"],
    removed: ["gone"],
    changed: [
      ["moved", "moved", "digest"],
      ["newer", "newer", "reference", "digest"],
      ["signed", "signed", "bundledPath", "hasSignature"],
    ],
  });
});

test("a pin that only one of them has is a difference", async () => {
  const entry = { name: "a", ref: "acme/a:1" };
  expect(await diffOf([entry], [{ ...entry, digest: digestA }])).toMatchObject({
    changed: [["a", "a", "digest"]],
  });
  expect(await diffOf([{ ...entry, sha256: digestA }], [entry])).toMatchObject({
    changed: [["a", "a", "contentDigest"]],
  });
});

test("entries without a name belong together by where they are found, and by nothing else", async () => {
  const found = await diffOf(["acme/a:1", "acme/b:1", "./c.wasm"], ["./c.wasm", "acme/d:1", "acme/a:2"]);
  expect(found).toEqual({
    added: ["acme/d:1"],
    removed: ["acme/b:1"],
    changed: [["acme/a:1", "acme/a:2", "reference"]],
  });
  expect(await diffOf(["repo://x@1.0.0"], ["repo://x:2"])).toMatchObject({
    changed: [["repo://x@1.0.0", "repo://x:2", "reference"]],
  });
});

test("20,000 entries of one place are told apart", async () => {
  const [before, after] = ["a", "b"].map((prefix) =>
    Array.from({ length: 20_000 }, (_, i) => ({ name: `${prefix}${i}`, ref: "acme/a:1" })),
  );
  const { added, removed } = diffLockfiles(await json(before), await json(after));
  expect([added.length, removed.length]).toEqual([20_000, 20_000]);
});
