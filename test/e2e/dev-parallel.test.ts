import { mkdir, writeFile } from "node:fs/promises";
import { Agent, get } from "node:http";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bytesOf } from "../support/artifacts.ts";
import { startDev } from "../support/dev-process.ts";
import { tempDir } from "../support/temp-dir.ts";

const parallel = 1000;
const blobBytes = 1 << 20;

test("1,000 requests at once are all served whole, and take far less memory than what they get", async () => {
  await using dir = await tempDir();
  await mkdir(join(dir.path, "components"));
  await writeFile(join(dir.path, "components/large-1.0.0.wasm"), bytesOf(blobBytes, "large"));
  await using served = await startDev(["--root", dir.path]);
  const manifest = await fetch(`${served.url}/v2/components/large/manifests/latest`);
  const { layers } = (await manifest.json()) as { readonly layers: readonly { readonly digest: string }[] };
  const before = await served.peakBytes();
  const lengths = await requestAll(`${served.url}/v2/components/large/blobs/${layers[0]?.digest}`);
  expect(new Set(lengths)).toEqual(new Set([blobBytes]));
  expect(lengths.length).toBe(parallel);
  const grown = ((await served.peakBytes()) - before) / 2 ** 20;
  console.log(`1,000 requests for 1 MiB each: memory grew by ${grown.toFixed(0)} MiB`);
  expect(grown).toBeLessThan(320);
});

/** Asks for everything at once, each over a connection of its own; how many bytes each got. */
async function requestAll(url: string): Promise<readonly number[]> {
  const agent = new Agent({ maxSockets: parallel });
  const one = (): Promise<number> =>
    new Promise((resolve, reject) => {
      get(url, { agent }, (response) => {
        let length = 0;
        response.on("data", (chunk: Buffer) => (length += chunk.length));
        response.on("end", () => resolve(length)).on("error", reject);
      }).on("error", reject);
    });
  const lengths = await Promise.all(Array.from({ length: parallel }, one));
  agent.destroy();
  return lengths;
}
