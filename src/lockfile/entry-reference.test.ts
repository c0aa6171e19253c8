import { describe, expect, test } from "vitest";
import { thrownBy } from "../../test/support/thrown.ts";
import { parseLockfile, resolveEntryReference } from "./index.ts";

const lockFolder = "/srv/lock";
const digest = `sha256:${"a".repeat(64)}`;

async function resolve(entry: unknown, present: readonly string[] = []) {
  const bytes = new TextEncoder().encode(JSON.stringify([entry]));
  const { entries } = await parseLockfile(bytes, { path: "pack.lock" });
  return resolveEntryReference(entries[0]!, { lockFolder, pathExists: (path) => present.includes(path) });
}

describe("a path begins at the lock's folder", () => {
  test.each([
    ["file:x.wasm", "/srv/lock/x.wasm"],
    ["file:./a/x.wasm", "/srv/lock/a/x.wasm"],
    ["file:../x.wasm", "/srv/x.wasm"],
    ["FILE:x.wasm", "/srv/lock/x.wasm"],
    ["file://a/x.wasm", "/srv/lock/a/x.wasm"],
    ["file:a%20b.wasm", "/srv/lock/a b.wasm"],
    ["file:/abs/x.wasm", "/abs/x.wasm"],
    ["file:///abs/x.wasm", "/abs/x.wasm"],
    ["file://localhost/abs/x.wasm", "/abs/x.wasm"],
    ["file:///abs/flows/../components/x.wasm", "/abs/flows/../components/x.wasm"],
  ])("%s is %s, there or not", async (reference, path) => {
    expect(await resolve(reference)).toEqual({ kind: "file", text: reference, path });
  });

  test.each([
    ["./x.wasm", "/srv/lock/x.wasm"],
    ["../x.wasm", "/srv/x.wasm"],
    ["components/Echo", "/srv/lock/components/Echo"],
    ["components/echo", "/srv/lock/components/echo"],
    ["x.wasm", "/srv/lock/x.wasm"],
    ["/abs/x.wasm", "/abs/x.wasm"],
  ])("%s is %s when it is there", async (reference, path) => {
    expect(await resolve(reference, [path])).toEqual({ kind: "file", text: reference, path });
  });

  test.each(["./x.wasm", "../x", "x.wasm", "~/x.wasm", "/abs/x.wasm"])(
    "%s is not taken for a registry when it is not there",
    async (reference) => {
      await expect(resolve(reference, ["x.wasm"])).rejects.toMatchObject({ code: "NOT_FOUND" });
    },
  );
});

test("a bundled entry is its file, whatever its reference", async () => {
  const entry = { ref: "oci://ghcr.io/a/b:1", bundled: true, bundled_path: "./blobs/x.wasm", digest };
  expect(await resolve(entry)).toEqual({
    kind: "file",
    text: "oci://ghcr.io/a/b:1",
    path: "/srv/lock/blobs/x.wasm",
  });
});

test.each([
  ["oci://ghcr.io/a/b:1", "oci"],
  ["components/echo", "oci"],
  ["ghcr.io/a/b@sha256:".padEnd(83, "a"), "oci"],
  ["https://h/x.wasm", "https"],
  ["http://h/x.wasm", "https"],
  ["repo://io.3bridges.components.qa@1.0.0", "mapped"],
  ["fixture://x", "fixture"],
  [digest, "digest"],
])("%s is of the kind %s", async (reference, kind) => {
  expect(await resolve(reference)).toMatchObject({ kind, text: reference });
});

test("a word that is nothing is refused, without what it may hide", async () => {
  await expect(resolve("not a ref")).rejects.toMatchObject({ code: "INVALID_REFERENCE" });
  const entry = { index: 0, reference: "u:hunter2@ghcr.io/a" } as Parameters<typeof resolveEntryReference>[0];
  const error = thrownBy(() => resolveEntryReference(entry, { lockFolder, pathExists: () => false }));
  expect(error.message).toBe("invalid reference `***@ghcr.io/a`");
});
