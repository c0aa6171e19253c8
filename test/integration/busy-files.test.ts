import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { bytesOf, pushComponent } from "../support/artifacts.ts";
import { blobOf } from "../support/cache-files.ts";
import { openClient } from "../support/client.ts";
import { startRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp-dir.ts";

/** Gives files second names and takes them away again, as processes do that show the same artifact. */
const renaming = `
  const { linkSync, unlinkSync } = require("node:fs");
  const { parentPort, workerData } = require("node:worker_threads");
  parentPort.postMessage("begun");
  for (;;) for (const path of workerData) {
    linkSync(path, path + ".other");
    unlinkSync(path + ".other");
  }`;

async function startRenaming(paths: readonly string[]): Promise<AsyncDisposable> {
  const worker = new Worker(renaming, { eval: true, workerData: paths });
  await once(worker, "message");
  return {
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}

test("a manifest stays one, and an artifact whole, while other processes give their files names and take these away", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  const wasm = bytesOf(200_000, "busy");
  const { reference, manifestDigest, contentDigest } = pushComponent(registry, {
    repository: "acme/busy",
    tag: "1",
    wasm,
  });
  await using warm = openClient(dir.path);
  const { cachePath } = await warm.client.ensureCached(reference);
  await using _ = await startRenaming([blobOf(dir.path, manifestDigest), blobOf(dir.path, contentDigest)]);
  for (let i = 0; i < 30; i++) {
    await using cold = openClient(dir.path, { offline: true });
    expect(await cold.client.ensureCached(manifestDigest)).toMatchObject({
      cachePath,
      contentDigest,
      fetched: false,
    });
    await using held = await cold.client.openCached(manifestDigest);
    expect(Buffer.from(await held.bytes()).equals(wasm)).toBe(true);
    expect((await readFile(cachePath)).equals(wasm)).toBe(true);
    await warm.client.saveBundle({ references: [reference], output: join(dir.path, `${i}.tar`) });
  }
});
