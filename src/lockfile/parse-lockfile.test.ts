import { encode } from "cborg";
import { describe, expect, test } from "vitest";
import { rejectionOf } from "../../test/support/thrown.ts";
import { type LockEntry, parseLockfile } from "./index.ts";

const hexA = "a".repeat(64);
const hexB = "b".repeat(64);
const digestA = `sha256:${hexA}`;
const digestB = `sha256:${hexB}`;
const path = "/abs/component.wasm";

const bytesOf = (lock: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(lock));
const parse = (bytes: Uint8Array) => parseLockfile(bytes, { path: "pack.lock" });

/** What an entry says: its fields that are there. */
function said(entry: LockEntry): object {
  const { index: _index, ...fields } = entry;
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== false),
  );
}

describe("each dialect of JSON is read", () => {
  test.each([
    {
      title: "pulls_lockfile_entries: paths, and objects with a reference",
      lock: { components: [path, { reference: "/abs/other.wasm" }] },
      says: [{ reference: path }, { reference: "/abs/other.wasm" }],
    },
    {
      title: "respects_canonical_lockfile_with_schema_version: name, ref and digest",
      lock: { schema_version: 1, components: [{ name: "one", ref: path, digest: digestA }] },
      says: [{ name: "one", reference: path, digest: digestA }],
    },
    {
      title: "dist client: a bare list",
      lock: ["oci://ghcr.io/acme/one:1", { ref: "oci://ghcr.io/acme/two:2" }],
      says: [{ reference: "oci://ghcr.io/acme/one:1" }, { reference: "oci://ghcr.io/acme/two:2" }],
    },
    { title: "dist client: an empty list", lock: [], says: [] },
    { title: "dist client: components that are missing", lock: { schema_version: 1 }, says: [] },
    { title: "dist client: a schema_version that is null", lock: { schema_version: null }, says: [] },
    {
      title: "dist client: an entry with a digest only",
      lock: [{ name: "one", digest: digestA }],
      says: [{ name: "one", reference: digestA, digest: digestA }],
    },
    {
      title: "dist client: fields that are null are absent",
      lock: [{ name: null, reference: null, ref: path, digest: null, signature: null, bundled: null }],
      says: [{ reference: path }],
    },
    {
      title: "dist client 1.1: a signature",
      lock: [{ reference: path, digest: digestA, signature: "eyJwYXlsb2FkIjoiIn0=" }],
      says: [{ reference: path, digest: digestA, hasSignature: true }],
    },
    {
      title: "packc 2026-01: a component id, as in billing-demo and valid-minimal",
      lock: {
        schema_version: 1,
        components: [
          {
            name: "main___start",
            ref: "file:///projects/billing-demo/flows/../components/templating.handlebars.wasm",
            digest: "sha256:93a44bbb96c751218e4c00d479e4c14358122a389acca16205b1e4d0dc5f9476",
            component_id: "templating.handlebars",
          },
        ],
      },
      says: [
        {
          name: "main___start",
          reference: "file:///projects/billing-demo/flows/../components/templating.handlebars.wasm",
          digest: "sha256:93a44bbb96c751218e4c00d479e4c14358122a389acca16205b1e4d0dc5f9476",
          componentId: "templating.handlebars",
        },
      ],
    },
    {
      title: "packc: a bundled component with bare hex, as pack tools write it",
      lock: {
        schema_version: 1,
        components: [
          {
            name: "demo.tagged",
            ref: "oci://ghcr.io/demo/component:1.0.0",
            digest: digestA,
            bundled: true,
            bundled_path: "blobs/sha256/aa.wasm",
            wasm_sha256: hexB,
            resolved_digest: digestA,
          },
        ],
      },
      says: [
        {
          name: "demo.tagged",
          reference: "oci://ghcr.io/demo/component:1.0.0",
          digest: digestA,
          contentDigest: digestB,
          bundledPath: "blobs/sha256/aa.wasm",
        },
      ],
    },
    {
      title: "runner: source_ref, resolved_digest, and the older names path and sha256",
      lock: {
        schema_version: 1,
        components: [
          { name: "one", source_ref: "repo://a.b@1.0.0", resolved_digest: digestA },
          {
            name: "two",
            source_ref: "store://greentic-biz/t/x:1",
            path: "./components/two.wasm",
            sha256: digestB,
          },
        ],
      },
      says: [
        { name: "one", reference: "repo://a.b@1.0.0", digest: digestA },
        {
          name: "two",
          reference: "store://greentic-biz/t/x:1",
          contentDigest: digestB,
          bundledPath: "./components/two.wasm",
        },
      ],
    },
    {
      title: "runner: all spellings at once, when they agree",
      lock: [
        {
          name: "one",
          reference: path,
          ref: path,
          source_ref: path,
          digest: digestA,
          resolved_digest: digestA,
          wasm_sha256: hexB,
          sha256: digestB,
        },
      ],
      says: [{ name: "one", reference: path, digest: digestA, contentDigest: digestB }],
    },
    {
      title: "greentic-dist: sizes and media types",
      lock: [{ ref: path, size_bytes: 0, media_type: "application/wasm" }],
      says: [{ reference: path, sizeBytes: 0, mediaType: "application/wasm" }],
    },
    {
      title: "an entry with a content digest only",
      lock: [{ wasm_sha256: hexB }],
      says: [{ reference: digestB, contentDigest: digestB }],
    },
    {
      title: "two entries that mean the same under one name",
      lock: [
        { name: "one", ref: path },
        { name: "one", reference: path },
      ],
      says: [
        { name: "one", reference: path },
        { name: "one", reference: path },
      ],
    },
    {
      title: "words that only the disk can tell from names",
      lock: ["components/Echo", "./x", "../y.wasm", "C:\\\\@acme\\\\x.wasm", "file:x.wasm", "name", "a b"],
      says: [
        "components/Echo",
        "./x",
        "../y.wasm",
        "C:\\\\@acme\\\\x.wasm",
        "file:x.wasm",
        "name",
        "a b",
      ].map((reference) => ({
        reference,
      })),
    },
  ])("$title", async ({ lock, says }) => {
    const { dialect, schemaVersion, entries } = await parse(bytesOf(lock));
    expect(entries.map(said)).toEqual(says);
    expect(entries.map(({ index }) => index)).toEqual(says.map((_, i) => i));
    expect({ dialect, schemaVersion }).toEqual({
      dialect: Array.isArray(lock) ? "json-array" : "json-object",
      schemaVersion: 1,
    });
  });

  test("white space may come first", async () => {
    expect((await parse(new TextEncoder().encode("\n\t \r[]"))).dialect).toBe("json-array");
  });
});

const component = (id: string, more: object = {}): object => ({
  component_id: id,
  abi_version: "0.6.0",
  resolved_digest: digestA,
  describe_hash: hexB,
  operations: [{ operation_id: "run", schema_hash: hexB }],
  ...more,
});

describe("pack.lock.cbor is read", () => {
  test("as pack tools write it without components", async () => {
    const bytes = Buffer.from("a26776657273696f6e016a636f6d706f6e656e7473a0", "hex");
    expect(await parse(bytes)).toEqual({ dialect: "cbor", schemaVersion: 1, entries: [] });
  });

  test("with one local component, as in echo-pack", async () => {
    const ref =
      "file:///Users/somebody/echo-pack/flows/../components/ai.greentic.component-echo/component_echo.wasm";
    const id = "ai.greentic.component-echo";
    const world = "greentic:component/component@0.5.0";
    const lock = { version: 1, components: { [id]: component(id, { ref, world, role: "tool" }) } };
    const { entries } = await parse(encode(lock));
    expect(entries.map(said)).toEqual([{ name: id, componentId: id, reference: ref, digest: digestA }]);
  });

  test("with several components, as in qa-demo, in the order of their ids", async () => {
    const ids = ["flow.call", "state.get", "qa.process", "10", "9", "flow.return"];
    const components = Object.fromEntries(
      ids.map((id) => [id, component(id, { ref: `repo://io.3bridges.components.${id}@1.0.0` })]),
    );
    const { entries } = await parse(encode({ version: 1, components }));
    expect(entries.map(({ name }) => name)).toEqual(ids.toSorted());
  });

  test("with a component that has no ref", async () => {
    const { entries } = await parse(encode({ version: 1, components: { x: component("x") } }));
    expect(entries.map(said)).toEqual([{ name: "x", componentId: "x", reference: digestA, digest: digestA }]);
  });
});

describe("a lockfile that cannot be used is refused in words that help", () => {
  test("placeholder digests, as in qa-demo: each entry is named", async () => {
    const names = ["qa_answer_flow___call_llm", "qa_orchestrator___respond_to_user"];
    const components = names.map((name) => ({ name, ref: "repo://x.y@1.0.0", digest: "sha256:deadbeef" }));
    const error = await rejectionOf(parse(bytesOf({ schema_version: 1, components })));
    expect(error.code).toBe("INVALID_LOCKFILE");
    expect(error.message).toBe(
      "invalid lockfile `pack.lock`: " +
        "entry 0 `qa_answer_flow___call_llm` has a digest that is `sha256:deadbeef`, expected sha256: and 64 lower-case hex digits; " +
        "entry 1 `qa_orchestrator___respond_to_user` has a digest that is `sha256:deadbeef`, expected sha256: and 64 lower-case hex digits",
    );
    expect(error.details).toMatchObject({ path: "pack.lock", entries: [{ index: 0 }, { index: 1 }] });
  });

  test("the message names ten entries, the details all", async () => {
    const error = await rejectionOf(parse(bytesOf(Array.from({ length: 25 }, () => ({})))));
    expect(error.message.match(/entry \d+/g)).toHaveLength(10);
    expect(error.message).toMatch(/; and 15 more$/);
    expect(error.details).toHaveProperty("entries.length", 25);
  });

  test("bad entries come in the lock's order, whatever is wrong with them", async () => {
    const lock = [{ name: "a", ref: "x" }, { name: "a", ref: "y" }, {}];
    const error = await rejectionOf(parse(bytesOf(lock)));
    expect(error.message).toMatch(
      /: entry 1 `a` means something else than entry 0 of the same name; entry 2 has neither a reference nor a digest$/,
    );
  });

  test("all that is wrong with one entry is said", async () => {
    const error = await rejectionOf(parse(bytesOf([{ ref: 1, digest: [], bundled: "yes" }])));
    expect(error.message).toMatch(
      /entry 0 has a digest that is a list, .+, has a ref that is 1, .+, has a bundled that is `yes`, expected true or false$/,
    );
  });

  test.each([{ schema_version: 2 }, { schema_version: 2, components: "of another shape" }])(
    "a newer version asks for a newer program: %j",
    async (lock) => {
      const error = await rejectionOf(parse(bytesOf(lock)));
      expect(error.message).toBe(
        "invalid lockfile `pack.lock`: has the schema_version 2, expected 1: this program is too old",
      );
      expect(error.hint).toBe("install a newer greentic-dist");
    },
  );

  test("so does one in CBOR", async () => {
    const error = await rejectionOf(parse(encode({ version: 7, components: {} })));
    expect(error.message).toMatch(/has the version 7, expected 1: this program is too old$/);
  });

  test("a mistake in JSON is said with its line, and without quoting the file", async () => {
    const error = await rejectionOf(parse(new TextEncoder().encode('{\n"password": "hunter2"\n"x": 1}')));
    expect(error.message).toBe("invalid lockfile `pack.lock`: is no valid JSON (line 3)");
    expect(error.cause).toBeUndefined();
  });

  test("conflict marks are recognized", async () => {
    const text = '{"components": [\n<<<<<<< HEAD\n"a"\n=======\n"b"\n>>>>>>> theirs\n]}';
    const error = await rejectionOf(parse(new TextEncoder().encode(text)));
    expect(error.hint).toBe("a merge left its conflict marks in it: resolve them");
  });

  test("the file's name is shown without what it may hide", async () => {
    const bytes = new TextEncoder().encode("");
    const error = await rejectionOf(parseLockfile(bytes, { path: "\u202e\u001b[31mx" }));
    expect(error.message).toBe("invalid lockfile `\\u{202e}\\u{1b}[31mx`: is empty");
  });
});
