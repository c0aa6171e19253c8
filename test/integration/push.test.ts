import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { smallComponent } from "../support/artifacts.ts";
import { openClient } from "../support/client.ts";
import { startRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp-dir.ts";

/** A custom section of 128 KiB, without a name. */
const customSection = Buffer.concat([Buffer.from([0, 0x80, 0x80, 0x08]), Buffer.alloc(128 * 1024)]);

test("a component is pushed whose imports and exports stand far behind its beginning", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  const wasm = Buffer.concat([smallComponent.subarray(0, 8), customSection, smallComponent.subarray(8)]);
  const file = join(dir.path, "large.wasm");
  await writeFile(file, wasm);
  await using cache = openClient(join(dir.path, "cache"));
  const { digest } = await cache.client.push(file, `${registry.host}/acme/large:1`);
  const pulled = await cache.client.ensureCached(`${registry.host}/acme/large:1`);
  expect(pulled.digest).toBe(digest);
  expect(await readFile(pulled.cachePath)).toEqual(wasm);
});
