import { join } from "node:path";
import { expect, test } from "vitest";
import { bytesOf, pushComponent } from "../support/artifacts.ts";
import { openClient } from "../support/client.ts";
import { startRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp-dir.ts";

const count = 300;

test("lock update of 300 entries asks for each once, a few at a time", async () => {
  let running = 0;
  let most = 0;
  await using registry = await startRegistry({
    wrap: (handler) => async (request) => {
      most = Math.max(most, ++running);
      const response = await handler(request);
      running -= 1;
      return response;
    },
  });
  const wasm = bytesOf(100, "many");
  const names = Array.from({ length: count }, (_, i) => `acme/n${i}`);
  const references = names.map(
    (repository) => pushComponent(registry, { repository, tag: "1", wasm }).reference,
  );
  await using dir = await tempDir();
  const lock = join(dir.path, "lock.json");
  await using cache = openClient(join(dir.path, "cache"));
  await cache.client.createLock(lock, references);
  registry.clearLog();
  most = 0;
  const moved = pushComponent(registry, { repository: "acme/n7", tag: "1", wasm: bytesOf(100, "moved") });
  expect(await cache.client.updateLock(lock)).toMatchObject([{ name: "n7", actual: moved.manifestDigest }]);
  // Each is asked for by HEAD, and the one that moved fetched.
  expect(registry.requests.filter(({ method }) => method === "HEAD")).toHaveLength(count);
  expect(registry.requests).toHaveLength(count + 1);
  expect(registry.connections).toBeLessThanOrEqual(6);
  expect(most).toBeLessThanOrEqual(6);
});
