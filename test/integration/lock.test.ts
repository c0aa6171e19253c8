import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encode } from "cborg";
import { expect, test } from "vitest";
import { hexOf } from "../../src/core/index.ts";
import { isLockFailure } from "../../src/index.ts";
import { bytesOf, pushComponent, pushIndex } from "../support/artifacts.ts";
import { digestOf, readJsonFile } from "../support/cache-files.ts";
import { openClient } from "../support/client.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp-dir.ts";
import { rejectionOf } from "../support/thrown.ts";

const mediaType = "application/vnd.wasm.component.v1+wasm";

function push(registry: Registry, name: string, text: string = name) {
  return pushComponent(registry, { repository: `acme/${name}`, tag: "1", wasm: bytesOf(3000, text) });
}

const indented = (value: unknown): string => `${JSON.stringify(value, undefined, "\t")}\n`;

test("a lock that is created pins manifests, indexes and files, and no blob is downloaded", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(join(dir.path, "cache"));
  const hello = push(registry, "hello");
  const index = pushIndex(registry, {
    repository: "acme/hello",
    tag: "all",
    manifests: [{ descriptor: hello.descriptor }],
  });
  await mkdir(join(dir.path, "locks"));
  const file = join(dir.path, "local.wasm");
  await writeFile(file, "local");
  const path = join(dir.path, "locks/pack.lock.json");
  const records = await cache.client.createLock(path, [hello.reference, index.reference, file, file]);
  const content = { wasm_sha256: hexOf(hello.contentDigest), size_bytes: 3000, media_type: mediaType };
  expect(await readJsonFile(path)).toEqual({
    schema_version: 1,
    components: [
      { name: "hello", ref: hello.reference, digest: hello.manifestDigest, ...content },
      { name: "hello-2", ref: index.reference, digest: index.digest, ...content },
      {
        name: "local",
        ref: file,
        digest: digestOf("local"),
        wasm_sha256: hexOf(digestOf("local")),
        size_bytes: 5,
        media_type: "application/wasm",
      },
    ],
  });
  expect(records.map(({ name }) => name)).toEqual(["hello", "hello-2", "local"]);
  expect(registry.requests.filter(({ path: target }) => target.includes("/blobs/"))).toEqual([]);
  expect(await readdir(join(dir.path, "locks"))).toEqual(["pack.lock.json"]);
  expect(await cache.client.checkLock(path)).toEqual([]);
  expect(await cache.client.pullLock(path)).toHaveLength(3);
});

test("a relative path is written as it leads from the lock's folder", async () => {
  await using dir = await tempDir();
  await using cache = openClient(join(dir.path, "cache"));
  const path = join(dir.path, "pack.lock.json");
  const [record] = await cache.client.createLock(path, ["./examples/hello/hello.wasm"]);
  expect(record?.reference).toMatch(/^\.\.\/.*\/examples\/hello\/hello\.wasm$/);
  expect(await cache.client.pullLock(path)).toMatchObject([{ name: "hello", fetched: true }]);
});

test("where a reference fails no lock is written, and one that is there stays", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(join(dir.path, "cache"));
  const path = join(dir.path, "pack.lock");
  await writeFile(path, "mine");
  const references = [push(registry, "a").reference, `oci://${registry.host}/acme/missing:1`];
  const error = await rejectionOf(cache.client.createLock(path, references));
  expect(isLockFailure(error)).toBe(true);
  expect(error).toMatchObject({ code: "NOT_FOUND", details: { failed: [{ name: "missing" }] } });
  expect(await readFile(path, "utf8")).toBe("mine");
});

test("a file is replaced at once: its mode stays, and so does a link to it", async () => {
  await using dir = await tempDir();
  await using cache = openClient(join(dir.path, "cache"));
  const [file, path, link] = ["x.wasm", "pack.lock", "link"].map((name) => join(dir.path, name));
  await writeFile(file!, "x");
  await writeFile(path!, "old");
  await chmod(path!, 0o640);
  await symlink("pack.lock", link!);
  await cache.client.createLock(link!, [file!]);
  expect((await stat(path!)).mode & 0o777).toBe(0o640);
  expect(JSON.parse(await readFile(path!, "utf8"))).toMatchObject({ schema_version: 1 });
  expect((await readdir(dir.path)).toSorted()).toEqual(["link", "pack.lock", "x.wasm"]);
  const nowhere = cache.client.createLock(join(dir.path, "no/folder/x"), [file!]);
  expect(await rejectionOf(nowhere)).toMatchObject({ code: "INVALID_INPUT" });
});

test("what moved is found by its digest, whichever a lock pins, and what pins nothing cannot move", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(join(dir.path, "cache"));
  const before = push(registry, "a", "before");
  const stays = push(registry, "b");
  const path = join(dir.path, "pack.lock");
  const index = pushIndex(registry, {
    repository: "acme/b",
    tag: "all",
    manifests: [{ descriptor: stays.descriptor }],
  });
  await writeFile(
    path,
    JSON.stringify([
      { name: "manifest", ref: before.reference, digest: before.manifestDigest },
      { name: "content", ref: before.reference, sha256: hexOf(before.contentDigest) },
      { name: "stays", ref: stays.reference, digest: stays.contentDigest },
      { name: "behind an index", ref: index.reference, digest: stays.manifestDigest },
      before.reference,
    ]),
  );
  expect(await cache.client.checkLock(path)).toEqual([]);
  const now = push(registry, "a", "now");
  const reference = before.reference;
  expect(await cache.client.checkLock(path)).toEqual([
    { name: "manifest", reference, expected: before.manifestDigest, actual: now.manifestDigest },
    { name: "content", reference, expected: before.contentDigest, actual: now.contentDigest },
  ]);
});

test("an update changes what moved and nothing else in the file", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(join(dir.path, "cache"));
  const before = push(registry, "a", "before");
  const stays = push(registry, "b");
  const path = join(dir.path, "pack.lock");
  const entry = {
    comment: "kept",
    name: "a",
    source_ref: before.reference,
    resolved_digest: before.manifestDigest,
    sha256: before.contentDigest,
    size_bytes: 1,
  };
  const other = { ref: stays.reference, name: "b", digest: stays.manifestDigest, extra: [1] };
  await writeFile(path, indented({ tool: "x", components: [entry, other] }));
  const { mtimeMs } = await stat(path);
  expect(await cache.client.updateLock(path)).toEqual([]);
  expect((await stat(path)).mtimeMs).toBe(mtimeMs);
  const now = push(registry, "a", "now");
  expect(await cache.client.updateLock(path, ["b"])).toEqual([]);
  expect(await cache.client.updateLock(path, ["a"])).toEqual([
    {
      name: "a",
      reference: before.reference,
      expected: before.manifestDigest,
      actual: now.manifestDigest,
    },
  ]);
  const renewed = {
    ...entry,
    resolved_digest: now.manifestDigest,
    sha256: now.contentDigest,
    size_bytes: 3000,
  };
  expect(await readFile(path, "utf8")).toBe(indented({ tool: "x", components: [renewed, other] }));
});

test("an update pins what was not pinned", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(join(dir.path, "cache"));
  const { reference, manifestDigest, contentDigest } = push(registry, "a");
  const path = join(dir.path, "pack.lock");
  await writeFile(path, JSON.stringify([reference, { name: "a", ref: reference }]));
  expect(await cache.client.updateLock(path)).toMatchObject([
    { name: undefined, expected: undefined, actual: manifestDigest },
    { name: "a" },
  ]);
  const pins = {
    ref: reference,
    digest: manifestDigest,
    wasm_sha256: hexOf(contentDigest),
    size_bytes: 3000,
    media_type: mediaType,
  };
  expect(await readJsonFile(path)).toEqual([
    { name: "a-2", ...pins },
    { name: "a", ...pins },
  ]);
});

test("a name that no entry has, and a lock in CBOR, are not updated", async () => {
  await using dir = await tempDir();
  await using cache = openClient(join(dir.path, "cache"));
  const path = join(dir.path, "pack.lock");
  await writeFile(path, "[]");
  expect(await rejectionOf(cache.client.updateLock(path, ["x"]))).toMatchObject({
    code: "INVALID_INPUT",
    message: `\`${path}\` has no entry \`x\``,
  });
  await writeFile(path, encode({ version: 1, components: {} }));
  expect(await rejectionOf(cache.client.updateLock(path))).toMatchObject({
    code: "INVALID_INPUT",
    message: `\`${path}\` is in CBOR, which is converted but not updated`,
  });
});
