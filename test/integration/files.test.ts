import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { mkdir, readFile, readlink, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { bytesOf } from "../support/artifacts.ts";
import { digestOf, filesBelow, leftovers, readJsonFile, viewOf } from "../support/cache-files.ts";
import { openClient } from "../support/client.ts";
import { tempDir } from "../support/temp-dir.ts";

const wasm = bytesOf(2_500_000, "file");
const digest = digestOf(wasm);

test("a file is known by the digest of its bytes, however its path is written", async () => {
  await using dir = await tempDir();
  const folder = join(dir.path, "a b%41");
  await mkdir(folder);
  const file = join(folder, "hello.wasm");
  await writeFile(file, wasm);
  await symlink(file, join(dir.path, "link.wasm"));
  await symlink(folder, join(dir.path, "linked"));
  const root = join(dir.path, "cache");
  await using cache = openClient(root, { offline: true });
  for (const [i, reference] of [
    file,
    pathToFileURL(file).href,
    `file://localhost${pathToFileURL(file).pathname}`,
    `file://${dir.path}/linked/../linked/hello.wasm`,
    join(dir.path, "link.wasm"),
    join(dir.path, "linked", "hello.wasm"),
    `${dir.path}//linked/./hello.wasm`,
  ].entries()) {
    expect(await cache.client.resolveRef(reference)).toEqual({ reference, digest });
    expect(await cache.client.ensureCached(reference)).toEqual({
      reference,
      digest,
      contentDigest: digest,
      manifestDigest: undefined,
      cachePath: viewOf(root, digest, "component.wasm"),
      fetched: i === 0,
    });
  }
  expect((await readFile(viewOf(root, digest, "component.wasm"))).equals(wasm)).toBe(true);
  expect(await readlink(join(dir.path, "link.wasm"))).toBe(file);
});

test("a relative path, and a file URL without a leading slash, start at the working folder", async () => {
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const expected = digestOf(await readFile("examples/hello/hello.wasm"));
  for (const reference of [
    "examples/hello/hello.wasm",
    "./examples/hello/hello.wasm",
    "file://examples/hello/../hello/hello.wasm",
  ]) {
    expect((await cache.client.ensureCached(reference)).digest).toBe(expected);
    expect(await readJsonFile(viewOf(dir.path, expected, "metadata.json"))).toMatchObject({
      resolved_digest: expected,
      manifest_digest: null,
    });
  }
});

test("resolving a file hashes it and writes nothing", async () => {
  await using dir = await tempDir();
  const file = join(dir.path, "hello.wasm");
  await writeFile(file, wasm);
  const root = join(dir.path, "cache");
  await using cache = openClient(root);
  expect((await cache.client.resolveRef(file)).digest).toBe(digest);
  expect(await filesBelow(root)).toEqual([]);
});

test("an edited file is another artifact, and the old one stays", async () => {
  await using dir = await tempDir();
  const file = join(dir.path, "hello.wasm");
  await using cache = openClient(join(dir.path, "cache"));
  for (const text of ["one", "two", ""]) {
    await writeFile(file, text);
    expect(await cache.client.ensureCached(file)).toMatchObject({ digest: digestOf(text), fetched: true });
  }
  expect(await cache.client.listCache()).toHaveLength(3);
});

test("what is no file, or cannot be one, is refused with a reason", async () => {
  await using dir = await tempDir();
  const at = (name: string): string => join(dir.path, name);
  await mkdir(at("folder"));
  await promisify(execFile)("mkfifo", [at("fifo")]);
  await symlink("loop", at("loop"));
  await symlink("nowhere", at("dangling.wasm"));
  await writeFile(at("file"), "x");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(at("socket"), resolve));
  await using cache = openClient(at("cache"));
  const refusals: readonly (readonly [string, string, RegExp])[] = [
    [at("folder"), "INVALID_INPUT", /is a folder, expected a file/],
    [`file://${at("folder")}`, "INVALID_INPUT", /is a folder/],
    [at("fifo"), "INVALID_INPUT", /is no regular file/],
    [at("socket"), "INVALID_INPUT", /is no regular file/],
    [`file://${at("loop")}`, "INVALID_INPUT", /is no usable path/],
    [`file:///${"x".repeat(5000)}`, "INVALID_INPUT", /is no usable path/],
    [at("dangling.wasm"), "NOT_FOUND", /is not there/],
    [`file://${at("nowhere.wasm")}`, "NOT_FOUND", /is not there/],
    [`file://${at("file/below.wasm")}`, "NOT_FOUND", /is not there/],
    ["file:///dev/null", "INVALID_INPUT", /is no regular file/],
    ["./nowhere/hello.wasm", "NOT_FOUND", /is not there/],
    ["hello-nowhere.wasm", "NOT_FOUND", /is not there/],
  ];
  for (const [reference, code, message] of refusals) {
    for (const verb of ["ensureCached", "resolveRef"] as const) {
      await expect(cache.client[verb](reference)).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message),
      });
    }
  }
  expect(await filesBelow(at("cache"))).toEqual([]);
  await new Promise((resolve) => server.close(resolve));
});

test("a file that changes between its hashing and its reading is refused, and nothing of it is kept", async () => {
  for (const [text, code] of [
    ["changed!", "DIGEST_MISMATCH"],
    ["longer than before", "SIZE_MISMATCH"],
    ["short", "SIZE_MISMATCH"],
  ] as const) {
    await using dir = await tempDir();
    const file = join(dir.path, "hello.wasm");
    await writeFile(file, "original");
    const root = join(dir.path, "cache");
    await using cache = openClient(root, {
      onEvent: ({ event }) => {
        if (event === "resolved") writeFileSync(file, text);
      },
    });
    await expect(cache.client.ensureCached(file)).rejects.toMatchObject({ code });
    expect(await leftovers(root)).toEqual([]);
    await using again = openClient(root);
    expect((await again.client.ensureCached(file)).digest).toBe(digestOf(text));
  }
});

test("a file over the limit is refused", async () => {
  await using dir = await tempDir();
  const file = join(dir.path, "hello.wasm");
  await writeFile(file, "12345");
  await using small = openClient(join(dir.path, "cache"), { maxArtifactBytes: 4 });
  await expect(small.client.ensureCached(file)).rejects.toMatchObject({ code: "SIZE_MISMATCH" });
  await using enough = openClient(join(dir.path, "cache"), { maxArtifactBytes: 5 });
  expect((await enough.client.ensureCached(file)).fetched).toBe(true);
});

test("a fixture is a file of the folder that GREENTIC_FIXTURE_DIR names", async () => {
  await using dir = await tempDir();
  await writeFile(join(dir.path, "hello.wasm"), "fixture");
  await using cache = openClient(join(dir.path, "cache"), { env: { GREENTIC_FIXTURE_DIR: dir.path } });
  const found = { reference: "fixture://hello", digest: digestOf("fixture") };
  expect(await cache.client.resolveRef("fixture://hello")).toEqual(found);
  expect(await cache.client.ensureCached("fixture://hello")).toMatchObject(found);
  await expect(cache.client.ensureCached("fixture://other")).rejects.toMatchObject({ code: "NOT_FOUND" });
  for (const hostile of ["fixture://../hello", "fixture://a/b", "fixture://", "fixture://.."]) {
    await expect(cache.client.ensureCached(hostile)).rejects.toMatchObject({ code: "INVALID_REFERENCE" });
  }
  await using without = openClient(join(dir.path, "cache"));
  await expect(without.client.ensureCached("fixture://hello")).rejects.toMatchObject({
    code: "UNMAPPED",
    details: { variable: "GREENTIC_FIXTURE_DIR" },
  });
});
