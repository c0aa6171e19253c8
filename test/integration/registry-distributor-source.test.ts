import { join } from "node:path";
import { expect, test } from "vitest";
import { createRegistryDistributorSource, DistClient, OciPackFetcher } from "../../src/index.ts";
import {
  describeDistributorSourceContract,
  type OpenDistributorSource,
} from "../contracts/distributor-source-contract.ts";
import { smallComponent } from "../support/artifacts.ts";
import { pushLayers } from "../support/push-layers.ts";
import { startRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp-dir.ts";

const pack = new TextEncoder().encode("a pack");

/** A registry with one pack and one component, and a source over it. */
async function openSource(): Promise<OpenDistributorSource> {
  const stack = new AsyncDisposableStackOf();
  const registry = stack.use(await startRegistry());
  const dir = stack.use(await tempDir());
  pushLayers(registry, "acme/components/hello", [smallComponent, "application/wasm"]);
  const { tagged } = pushLayers(registry, "acme/packs/hello", [
    pack,
    "application/vnd.greentic.gtpack.v1+zip",
  ]);
  const base = tagged.slice(0, tagged.indexOf("/acme/"));
  const client = stack.use(new DistClient({ env: {}, cacheDir: join(dir.path, "components") }));
  const fetcher = stack.use(
    new OciPackFetcher({ env: {}, cacheDir: join(dir.path, "packs"), allowTags: true }),
  );
  const source = createRegistryDistributorSource({
    components: { client, template: `${base}/acme/components/{id}:{version}` },
    packs: { fetcher, template: `${base}/acme/packs/{id}:{version}` },
  });
  return { source, [Symbol.asyncDispose]: () => stack.dispose() };
}

/** What was opened, to be closed in the reverse order. */
class AsyncDisposableStackOf {
  readonly #opened: AsyncDisposable[] = [];

  use<T extends AsyncDisposable>(resource: T): T {
    this.#opened.push(resource);
    return resource;
  }

  async dispose(): Promise<void> {
    for (const resource of this.#opened.toReversed()) await resource[Symbol.asyncDispose]();
  }
}

describeDistributorSourceContract("createRegistryDistributorSource", openSource, {
  pack: { id: "hello", version: "1.0", bytes: pack },
  component: { id: "hello", version: "1.0", bytes: smallComponent },
});

test.each(["1.0@sha256:abc", "1/../2", "a:b", "", "1 0"])(
  "no registry is asked for the version %j",
  async (version) => {
    const source = createRegistryDistributorSource({});
    await expect(source.fetchPack("hello", version)).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await expect(source.fetchComponent("hello", version)).rejects.toMatchObject({ code: "INVALID_INPUT" });
  },
);

test("without a registry there is nothing", async () => {
  const source = createRegistryDistributorSource({});
  await expect(source.fetchPack("hello", "1.0")).rejects.toMatchObject({ kind: "not_found" });
  await expect(source.fetchComponent("hello", "1.0")).rejects.toMatchObject({ kind: "not_found" });
});
