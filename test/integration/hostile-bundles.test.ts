import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { errorTable } from "../../src/core/index.ts";
import { openClient } from "../support/client.ts";
import { goodArchive, hostileArchives } from "../support/hostile-archives.ts";
import { tempDir } from "../support/temp-dir.ts";
import { rejectionOf } from "../support/thrown.ts";

/** What a store is before anything is in it. */
const emptyStore: ReadonlySet<string> = new Set(["component.wasm", "CACHEDIR.TAG"]);

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
}

test("there are 80 of them, and what they were made of is good", async () => {
  expect(hostileArchives.length).toBeGreaterThanOrEqual(80);
  await using dir = await tempDir();
  const input = join(dir.path, "bundle.tar");
  await writeFile(input, goodArchive);
  await using opened = openClient(join(dir.path, "cache"), { offline: true });
  const [artifact] = await opened.client.loadBundle({ input });
  expect(artifact).toMatchObject({ name: "ghcr.io/acme/hello:1.0" });
});

describe("refused with exit code 2 or 6, and nothing of it is left anywhere:", () => {
  test.each(hostileArchives)("%s", async (_, make) => {
    await using dir = await tempDir();
    const root = join(dir.path, "a/b/c/cache");
    const input = join(dir.path, "bundle.tar");
    const bytes = make();
    await writeFile(input, bytes);
    await using opened = openClient(root, { offline: true });
    const error = await rejectionOf(opened.client.loadBundle({ input }));
    expect([2, 6]).toContain(errorTable[error.code].exitCode);
    expect(error.message).not.toMatch(/\p{Cc}/u);
    // Nothing of it is kept on the disk then.
    const dry = await rejectionOf(opened.client.pushBundle("registry.example.com", { input, dryRun: true }));
    expect(dry.code).toBe(error.code);
    const left = (await filesBelow(dir.path)).filter((path) => path !== input);
    expect(left.filter((path) => !emptyStore.has(path.slice(path.lastIndexOf("/") + 1)))).toEqual([]);
    expect((await readFile(input)).equals(bytes)).toBe(true);
    expect(await opened.client.listCache()).toEqual([]);
  });
});

test("a sample of them is refused when it comes from stdin", async () => {
  const refused: string[] = [];
  const sample = hostileArchives.filter((_, i) => i % 5 === 0);
  for (const [title, make] of sample) {
    await using dir = await tempDir();
    await using opened = openClient(join(dir.path, "cache"), { offline: true });
    const bytes = make();
    const input = (async function* pieces() {
      for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000);
    })();
    const error = await rejectionOf(opened.client.loadBundle({ input }));
    if ([2, 6].includes(errorTable[error.code].exitCode)) refused.push(title);
  }
  expect(refused).toEqual(sample.map(([title]) => title));
});
