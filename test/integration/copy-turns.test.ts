import { once } from "node:events";
import { expect, test } from "vitest";
import { pushComponent, smallComponent } from "../support/artifacts.ts";
import { openClient } from "../support/client.ts";
import { startRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp-dir.ts";

test("a copy that waits for another one can be stopped, and does not begin later", async () => {
  const goOn = new AbortController();
  await using registry = await startRegistry({
    wrap: (handler) => async (request) => {
      if (!goOn.signal.aborted) await once(goOn.signal, "abort");
      return handler(request);
    },
  });
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const { reference } = pushComponent(registry, { repository: "acme/a", tag: "1", wasm: smallComponent });
  const first = cache.client.copy(reference, `${registry.host}/acme/first:1`);
  const stop = new AbortController();
  const second = cache.client.copy(reference, `${registry.host}/acme/second:1`, { signal: stop.signal });
  stop.abort();
  await expect(second).rejects.toMatchObject({ code: "ABORTED" });
  const third = cache.client.copy(reference, `${registry.host}/acme/third:1`);
  goOn.abort();
  expect((await first).digest).toBe((await third).digest);
  expect(registry.requests.filter(({ path }) => path.includes("/second/"))).toEqual([]);
});
