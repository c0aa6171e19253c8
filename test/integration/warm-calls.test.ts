import { expect, test } from "vitest";
import { pushComponent, smallComponent } from "../support/artifacts.ts";
import { openClient } from "../support/client.ts";
import { installFailPoints } from "../support/fail-points.ts";
import { startRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp-dir.ts";

test("a client that has found an artifact whole asks for no more than the state of its files", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  const { manifestDigest } = await (async () => {
    const pushed = pushComponent(registry, { repository: "acme/warm", tag: "1", wasm: smallComponent });
    await using cold = openClient(dir.path);
    await cold.client.ensureCached(pushed.reference);
    return pushed;
  })();
  // Files that were made just now are hashed at every call.
  await using cache = openClient(dir.path, { now: () => Date.now() + 10_000 });
  const first = await cache.client.ensureCached(manifestDigest);
  await cache.client.ensureCached(manifestDigest);
  const calls: string[] = [];
  using _ = await installFailPoints(dir.path, ({ name }) => calls.push(name));
  expect(await cache.client.ensureCached(manifestDigest)).toEqual(first);
  // The manifest, the component in its folder, and the component in its own.
  expect(calls).toEqual(["lstat", "lstat", "lstat"]);
});
