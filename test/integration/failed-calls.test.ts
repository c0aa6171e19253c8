import { closeSync, openSync } from "node:fs";
import { readdir, readlink } from "node:fs/promises";
import { expect, test } from "vitest";
import type { DistClient } from "../../src/index.ts";
import { bytesOf, pushComponent } from "../support/artifacts.ts";
import { filesBelow } from "../support/cache-files.ts";
import { openClient } from "../support/client.ts";
import { type FsCall, installFailPoints } from "../support/fail-points.ts";
import { startRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp-dir.ts";

/** The files below a folder that this process holds open. */
async function heldOpen(root: string): Promise<readonly string[]> {
  const numbers = await readdir("/proc/self/fd");
  const paths = await Promise.all(numbers.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => "")));
  return paths.filter((path) => path.startsWith(root));
}

/** The calls below `root` that `work` makes. */
async function callsOf(root: string, work: () => Promise<unknown>): Promise<readonly FsCall[]> {
  const calls: FsCall[] = [];
  using _ = await installFailPoints(root, (call) => calls.push(call));
  await work();
  return calls;
}

function failing(errno: string): Error {
  return Object.assign(new Error(`${errno}: injected`), { code: errno });
}

test("whatever call fails while an artifact is opened, no file stays open", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  const { reference, manifestDigest } = pushComponent(registry, {
    repository: "acme/held",
    tag: "1",
    wasm: bytesOf(3000, "held"),
  });
  await using cache = openClient(dir.path);
  await cache.client.ensureCached(reference);
  const open = async (client: DistClient): Promise<void> => {
    await using _ = await client.openCached(manifestDigest);
  };
  const calls = await callsOf(dir.path, () => open(cache.client));
  let failed = 0;
  for (const { number } of calls) {
    using _ = await installFailPoints(dir.path, (call) => {
      if (call.number === number) throw failing("EIO");
    });
    await open(cache.client).catch(() => (failed += 1));
    expect(await heldOpen(dir.path)).toEqual([]);
  }
  expect(failed).toBeGreaterThan(20);
});

test("a disk that is full in the middle of a small file leaves nothing half-made behind", async () => {
  await using registry = await startRegistry();
  const push = (tag: string) =>
    pushComponent(registry, { repository: "acme/full", tag, wasm: bytesOf(1_500_000, tag) });
  await using first = await tempDir();
  await using counted = openClient(first.path);
  const { reference } = push("1");
  const calls = await callsOf(first.path, () => counted.client.ensureCached(reference));
  const writes = calls.filter(({ name, path }) => name === "writeFile" && path.includes("/ingest/"));
  expect(writes.length).toBeGreaterThan(2);
  for (const { number } of writes) {
    await using dir = await tempDir();
    await using cache = openClient(dir.path);
    {
      using _ = await installFailPoints(dir.path, (call) => {
        if (call.number !== number) return;
        // There is room for the name, but not for what is in it.
        closeSync(openSync(call.path, "wx"));
        throw failing("ENOSPC");
      });
      await cache.client.ensureCached(reference).catch(() => undefined);
    }
    expect(await filesBelow(`${dir.path}/.store/v1/ingest`)).toEqual([]);
  }
});
