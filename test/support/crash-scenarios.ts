import { cp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bytesOf, pushComponent, type PushedComponent } from "./artifacts.ts";
import { blobOf, viewOf } from "./cache-files.ts";
import type { CacheStep } from "./cache-step.ts";
import { openClient } from "./client.ts";
import { cutBody } from "./faults.ts";
import { startRegistry } from "./registry.ts";
import { tempDir } from "./temp-dir.ts";

/** Something that is done with a cache and may be broken off anywhere. */
export interface CrashScenario {
  readonly name: string;
  /** Makes the cache in which it begins. */
  readonly prepare: (root: string) => Promise<void>;
  readonly step: CacheStep;
  /** What must be had from the cache afterwards. */
  readonly wanted: readonly PushedComponent[];
  /** Whether the cache is spoilt from the beginning, so that only what is handed out can be judged. */
  readonly isSpoilt?: boolean | undefined;
}

/** Scenarios over one registry. */
export interface CrashScenarios extends AsyncDisposable {
  readonly scenarios: readonly CrashScenario[];
}

/** Starts a registry and makes the caches in which the scenarios begin. */
export async function openCrashScenarios(): Promise<CrashScenarios> {
  let isCut = false;
  const registry = await startRegistry({
    wrap: cutBody(({ path }) => isCut && path.endsWith(long.contentDigest), 1_200_000),
  });
  const named = pushComponent(registry, {
    repository: "acme/named",
    tag: "1",
    wasm: bytesOf(5000, "named"),
    componentManifest: { name: "named", artifacts: { component_wasm: "named.wasm" } },
  });
  const plain = pushComponent(registry, { repository: "acme/plain", tag: "1", wasm: bytesOf(3000, "plain") });
  const long: PushedComponent = pushComponent(registry, {
    repository: "acme/long",
    tag: "1",
    wasm: bytesOf(1_500_000, "long"),
  });
  const dir = await tempDir();
  const [full, cut, lock] = [join(dir.path, "full"), join(dir.path, "cut"), join(dir.path, "lock.json")];
  const bundle = join(dir.path, "bundle.tar");
  {
    await using filled = openClient(full);
    for (const { reference } of [named, plain]) await filled.client.ensureCached(reference);
    await filled.client.createLock(lock, [named.reference, plain.reference]);
    await filled.client.saveBundle({ lock, output: bundle });
    isCut = true;
    await using broken = openClient(cut);
    await broken.client.ensureCached(long.reference).catch(() => undefined);
    isCut = false;
  }
  const scenarios: readonly CrashScenario[] = [
    {
      name: "pull",
      wanted: [named],
      prepare: () => Promise.resolve(),
      step: { do: "pull", reference: named.reference },
    },
    {
      name: "pull --lock",
      wanted: [named, plain],
      prepare: () => Promise.resolve(),
      step: { do: "pull-lock", path: lock },
    },
    {
      name: "pull of what is no longer shown",
      wanted: [named],
      prepare: async (root) => {
        await copyOf(full)(root);
        await rm(viewOf(root, named.manifestDigest), { recursive: true });
        await rm(viewOf(root, named.contentDigest), { recursive: true });
      },
      step: { do: "pull", reference: named.reference },
    },
    {
      name: "going on with a download",
      wanted: [long],
      prepare: copyOf(cut),
      step: { do: "pull", reference: long.reference },
    },
    {
      name: "holding open",
      wanted: [plain],
      prepare: copyOf(full),
      step: { do: "open", reference: plain.reference },
    },
    {
      name: "save",
      wanted: [named, plain],
      prepare: copyOf(full),
      step: { do: "save", lock, output: join(dir.path, "saved.tar") },
    },
    {
      name: "load",
      wanted: [named, plain],
      prepare: () => Promise.resolve(),
      step: { do: "load", path: bundle, lockOutput: join(dir.path, "loaded.json") },
    },
    {
      name: "cache gc --max-bytes",
      wanted: [named, plain],
      prepare: copyOf(full),
      step: { do: "gc", maxBytes: 0 },
    },
    {
      name: "cache verify --repair",
      wanted: [named, plain],
      isSpoilt: true,
      prepare: async (root) => {
        await copyOf(full)(root);
        await writeFile(blobOf(root, plain.contentDigest), "bad");
        await writeFile(viewOf(root, named.manifestDigest, "named.wasm"), "bad");
      },
      step: { do: "verify" },
    },
    {
      name: "cache rm",
      wanted: [named, plain],
      prepare: copyOf(full),
      step: { do: "rm", digests: [named.manifestDigest] },
    },
  ];
  return {
    scenarios,
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}

function copyOf(from: string): (root: string) => Promise<void> {
  return (root) => cp(from, root, { recursive: true, verbatimSymlinks: true });
}
