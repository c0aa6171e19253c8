import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { DistEvent } from "../../src/index.ts";
import { bytesOf, pushComponent, pushIndex, smallComponent } from "../support/artifacts.ts";
import { blobOf } from "../support/cache-files.ts";
import { openClient } from "../support/client.ts";
import { startRegistry } from "../support/registry.ts";
import { tempDir, type TempDir } from "../support/temp-dir.ts";

/** A folder with a registry in which there are a component, one of several platforms, and a file; and a lock of all. */
async function setUp() {
  const dir = await tempDir();
  const registry = await startRegistry();
  const componentManifest = { artifacts: { component_wasm: "hello.wasm" } };
  const hello = pushComponent(registry, {
    repository: "acme/hello",
    tag: "1.0",
    wasm: smallComponent,
    componentManifest,
  });
  const variants = ["wasip1", "wasip2"].map((os) => ({
    descriptor: pushComponent(registry, { repository: "acme/any", wasm: bytesOf(3000, os) }).descriptor,
    platform: { os, architecture: "wasm", variant: undefined },
  }));
  const any = pushIndex(registry, { repository: "acme/any", tag: "2.0", manifests: variants });
  await writeFile(join(dir.path, "local.wasm"), bytesOf(500, "local"));
  const lock = join(dir.path, "pack.lock.json");
  const references = [hello.reference, any.reference, join(dir.path, "local.wasm")];
  await using opened = openClient(join(dir.path, "cache-of-lock"));
  await opened.client.createLock(lock, references);
  return {
    dir,
    registry,
    hello,
    any,
    lock,
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}

function cacheIn({ path }: TempDir): string {
  return join(path, crypto.randomUUID());
}

test.each(["bundle.tar", "bundle.tar.gz", "bundle/"])(
  "what was saved as %s is loaded where there is no network, and pulled by the lock, by tags and by digests",
  async (name) => {
    await using set = await setUp();
    const { dir, hello, any, lock } = set;
    const output = join(dir.path, name);
    await using near = openClient(cacheIn(dir));
    const saved = await near.client.saveBundle({ lock, output });
    expect(saved.map((one) => one.name)).toEqual(
      expect.arrayContaining([undefined, ...[any, hello].map(({ reference }) => reference.slice(6))]),
    );
    await using far = openClient(cacheIn(dir), { offline: true });
    const lockOutput = join(dir.path, "far.lock.json");
    const loaded = await far.client.loadBundle({ input: output, lockOutput });
    expect(loaded).toHaveLength(3);
    expect(await readFile(lockOutput)).toEqual(await readFile(lock));
    await rm(join(dir.path, "local.wasm"));
    const pulled = await far.client.pullLock(lockOutput);
    expect(pulled.map(({ fetched }) => fetched)).toEqual([false, false, false]);
    const artifact = await far.client.ensureCached(hello.reference);
    expect(artifact).toMatchObject({ manifestDigest: hello.manifestDigest, fetched: false });
    expect(await readFile(artifact.cachePath)).toEqual(Buffer.from(smallComponent));
    expect(await readdir(join(artifact.cachePath, ".."))).toContain("hello.wasm");
    expect(await far.client.resolveRef(any.reference)).toMatchObject({ digest: any.digest });
    expect((await far.client.verifyCache()).bad).toEqual([]);
  },
);

test("the same things make the same bytes, whatever the cache held and in whichever order they are named", async () => {
  await using set = await setUp();
  const { dir, hello, any, lock } = set;
  const [first, second] = [join(dir.path, "1.tar"), join(dir.path, "2.tar")];
  await using one = openClient(cacheIn(dir));
  await one.client.saveBundle({ lock, references: [hello.reference], output: first });
  await using other = openClient(cacheIn(dir));
  await other.client.ensureCached(any.reference);
  await other.client.saveBundle({ lock, references: [hello.reference], output: second });
  expect((await readFile(first)).equals(await readFile(second))).toBe(true);
  const chunks: Buffer[] = [];
  const output = async (chunk: Uint8Array): Promise<void> => void chunks.push(Buffer.from(chunk));
  await other.client.saveBundle({ lock, references: [hello.reference], output });
  expect(Buffer.concat(chunks).equals(await readFile(first))).toBe(true);
});

test("a bundle comes from a stream too, and says what is done", async () => {
  await using set = await setUp();
  const { dir, hello } = set;
  const output = join(dir.path, "hello.tar");
  await using near = openClient(cacheIn(dir));
  await near.client.saveBundle({ references: [hello.reference], output });
  expect(near.events.map(({ event }) => event)).toEqual(
    expect.arrayContaining(["downloading", "saving", "saved"]),
  );
  const { size } = await stat(output);
  const written = near.events.flatMap((event) => (event.event === "saving" ? [event] : []));
  const { bytes: last = 0, totalBytes = 0 } = written.at(-1) ?? {};
  expect([last, totalBytes > smallComponent.length && totalBytes < size]).toEqual([totalBytes, true]);
  const events: DistEvent[] = [];
  await using far = openClient(cacheIn(dir), { offline: true, onEvent: (event) => events.push(event) });
  const bytes = await readFile(output);
  const input = (async function* pieces() {
    for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
  })();
  const loaded = await far.client.loadBundle({ input });
  expect(loaded).toMatchObject([{ digest: hello.manifestDigest }]);
  expect(events.map(({ event }) => event)).toEqual(expect.arrayContaining(["loading", "loaded", "cached"]));
  expect(events).toContainEqual({ event: "loading", bundle: "-", bytes: size, totalBytes: undefined });
});

test("what is in the cache already is not written again, but must be right in the bundle", async () => {
  await using set = await setUp();
  const { dir, hello } = set;
  const output = join(dir.path, "hello.tar");
  const cache = cacheIn(dir);
  await using near = openClient(cache);
  await near.client.saveBundle({ references: [hello.reference], output });
  const { ino } = await stat(blobOf(cache, hello.contentDigest));
  await near.client.loadBundle({ input: output });
  expect((await stat(blobOf(cache, hello.contentDigest))).ino).toBe(ino);
  const bytes = await readFile(output);
  bytes[bytes.indexOf("\0asm") + 20] = 255;
  await writeFile(output, bytes);
  await expect(near.client.loadBundle({ input: output })).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
});

test("a lock that pins something else makes no bundle", async () => {
  await using set = await setUp();
  const { dir, lock, hello } = set;
  const text = (await readFile(lock, "utf8")).replaceAll(hello.manifestDigest, `sha256:${"a".repeat(64)}`);
  await writeFile(lock, text);
  const output = join(dir.path, "bundle.tar");
  await using opened = openClient(cacheIn(dir));
  await expect(opened.client.saveBundle({ lock, output })).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
  expect((await readdir(dir.path)).filter((name) => name.startsWith("bundle"))).toEqual([]);
});

test("an artifact is pulled out of a bundle without loading it", async () => {
  await using set = await setUp();
  const { dir, hello, lock } = set;
  const output = join(dir.path, "bundle.tar");
  await using near = openClient(cacheIn(dir));
  await near.client.saveBundle({ lock, output });
  await using far = openClient(cacheIn(dir), { offline: true });
  const name = hello.reference.replace("oci://", "");
  expect(await far.client.ensureCached(`oci-archive:${output}:${name}`)).toMatchObject({
    digest: hello.manifestDigest,
  });
});
