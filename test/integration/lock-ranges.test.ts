import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { DistClient } from "../../src/index.ts";
import { bytesOf, pushComponent, type PushedComponent } from "../support/artifacts.ts";
import { readJsonFile } from "../support/cache-files.ts";
import { openClient, type TestClient } from "../support/client.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp-dir.ts";
import { rejectionOf } from "../support/thrown.ts";

let registry: Registry;
let dir: Awaited<ReturnType<typeof tempDir>>;
let cache: TestClient;
let client: DistClient;
let lock: string;

beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(() => registry[Symbol.asyncDispose]());
beforeEach(async () => {
  dir = await tempDir();
  cache = openClient(join(dir.path, "cache"));
  ({ client } = cache);
  lock = join(dir.path, "lock.json");
});
afterEach(async () => {
  await cache[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

const push = (repository: string, tag: string): PushedComponent =>
  pushComponent(registry, { repository, tag, wasm: bytesOf(100, repository + tag) });

const firstEntry = async (path: string): Promise<unknown> => {
  const { components } = (await readJsonFile(path)) as { readonly components: readonly unknown[] };
  return components[0];
};

describe("lock create takes the highest version in a range", () => {
  beforeAll(() => {
    for (const tag of ["0.9.0", "v1.2.0", "1.2.3", "1.10.0", "1.10.1-rc.1", "2.0.0_b7", "1.2", "latest"]) {
      push("acme/many", tag);
    }
    for (const tag of ["1.0.0", "1.x"]) push("acme/called", tag);
  });

  test.each([
    ["^1.2", "1.10.0"],
    ["~1.2.0", "1.2.3"],
    ["1.2.x", "1.2.3"],
    ["1.x", "1.10.0"],
    ["*", "2.0.0_b7"],
    [">=1.2 <1.2.3", "v1.2.0"],
    ["0.9.0 - 1.0.0", "0.9.0"],
    ["^3 || ^0.9", "0.9.0"],
    ["~1.10.1-rc.0", "1.10.1-rc.1"],
  ])("%s is %s", async (range, tag) => {
    const base = `oci://${registry.host}/acme/many`;
    const [record] = await client.createLock(lock, [`${base}:${range}`]);
    expect(record).toMatchObject({ name: "many", reference: `${base}:${tag}`, range });
    expect(await firstEntry(lock)).toMatchObject({ name: "many", ref: `${base}:${tag}`, range });
    expect(await client.checkLock(lock)).toEqual([]);
    expect(await client.pullLock(lock)).toHaveLength(1);
  });

  test("a tag that is called as a range is that tag, and nothing else is written down", async () => {
    const reference = `${registry.host}/acme/called:1.x`;
    const [record] = await client.createLock(lock, [reference]);
    expect(record).toMatchObject({ reference, range: undefined });
    expect(await readFile(lock, "utf8")).not.toContain("range");
  });

  test("a repo:// reference may have a range too", async () => {
    const repo = `${registry.host}/acme`;
    await using mapped = openClient(join(dir.path, "cache"), { env: { GREENTIC_REPO_REGISTRY_BASE: repo } });
    const [record] = await mapped.client.createLock(lock, ["repo://many:^1.2"]);
    expect(record).toMatchObject({ name: "many", reference: "repo://many:1.10.0", range: "^1.2" });
  });

  test.each([
    ["^7", "NOT_FOUND", /is in the range \^7: the highest version is 2\.0\.0_b7$/],
    [">=one", "INVALID_REFERENCE", /^invalid reference `oci:.*:>=one`$/],
  ])("what is in no range, or is none, is said: %s", async (range, code, message) => {
    const error = await rejectionOf(client.createLock(lock, [`oci://${registry.host}/acme/many:${range}`]));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    await expect(readFile(lock)).rejects.toThrow("ENOENT");
  });

  test("offline no range can be chosen from", async () => {
    await using offline = openClient(join(dir.path, "cache"), { offline: true });
    const error = await rejectionOf(offline.client.createLock(lock, [`${registry.host}/acme/many:^1`]));
    expect(error.code).toBe("OFFLINE");
  });
});

test("a lock moves within its range: check says so, update writes it, a higher major stays outside", async () => {
  const old = push("acme/moving", "1.0.0");
  const base = `oci://${registry.host}/acme/moving`;
  await client.createLock(lock, [`${base}:^1.0`]);
  push("acme/moving", "2.0.0");
  expect(await client.checkLock(lock)).toEqual([]);
  const now = push("acme/moving", "1.1.0");
  const moved = {
    name: "moving",
    reference: `${base}:1.0.0`,
    range: "^1.0",
    movedTo: `${base}:1.1.0`,
    expected: old.manifestDigest,
    actual: now.manifestDigest,
  };
  expect(await client.checkLock(lock)).toEqual([moved]);
  expect(await client.updateLock(lock)).toEqual([moved]);
  expect(await firstEntry(lock)).toMatchObject({
    ref: `${base}:1.1.0`,
    range: "^1.0",
    digest: now.manifestDigest,
    wasm_sha256: now.contentDigest.slice("sha256:".length),
  });
  expect(await client.updateLock(lock)).toEqual([]);
});

test("ranges that were written by hand are pinned by update, and refused until then", async () => {
  const { manifestDigest } = push("acme/byhand", "1.4.0");
  const base = `oci://${registry.host}/acme/byhand`;
  await writeFile(lock, JSON.stringify([`${base}:^1.2`, { name: "x", source_ref: `${base}:~1.4`, mine: 1 }]));
  const error = await rejectionOf(client.pullLock(lock));
  expect(error).toMatchObject({
    code: "INVALID_REFERENCE",
    hint: expect.stringContaining("lock update") as string,
  });
  await client.updateLock(lock);
  expect(await readJsonFile(lock)).toMatchObject([
    { name: "byhand", ref: `${base}:1.4.0`, range: "^1.2", digest: manifestDigest },
    { name: "x", source_ref: `${base}:1.4.0`, range: "~1.4", mine: 1, digest: manifestDigest },
  ]);
  expect(await client.pullLock(lock)).toHaveLength(2);
});

test("the tags of a repository are asked for once, however many entries are in it", async () => {
  push("acme/once", "1.0.0");
  const ranges = ["^1", "~1.0", "*"];
  const before = registry.requests.length;
  await client.createLock(
    lock,
    ranges.map((range) => `${registry.host}/acme/once:${range}`),
  );
  const lists = registry.requests.slice(before).filter(({ path }) => path.includes("/tags/list"));
  expect(lists).toHaveLength(1);
});

test("an entry whose reference can have no tag cannot have a range", async () => {
  await writeFile(join(dir.path, "x.wasm"), "x");
  await writeFile(lock, JSON.stringify([{ name: "x", ref: "./x.wasm", range: "^1" }]));
  const error = await rejectionOf(client.checkLock(lock));
  expect(error.code).toBe("INVALID_REFERENCE");
  expect(await client.pullLock(lock)).toHaveLength(1);
});
