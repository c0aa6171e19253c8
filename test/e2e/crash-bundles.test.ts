import { cp, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { errnoOf } from "../../src/core/index.ts";
import { bytesOf, pushComponent, type PushedComponent } from "../support/artifacts.ts";
import { bundleProgram, type Program } from "../support/bundle-program.ts";
import type { CacheStep } from "../support/cache-step.ts";
import { openClient } from "../support/client.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { runWork } from "../support/run-work.ts";
import { sampleOf } from "../support/soak.ts";
import { complaintsAbout } from "../support/sound-cache.ts";
import { type TempDir, tempDir } from "../support/temp-dir.ts";

/** How many of all points each test takes in the default run. */
const sample = 25;
/** Processes that run at a time. */
const width = 3;

let registry: Registry;
let worker: Program;
/** Where there are a lock and its bundle. */
let made: TempDir;
let wanted: readonly PushedComponent[];

beforeAll(async () => {
  registry = await startRegistry();
  worker = await bundleProgram("cache-worker.ts");
  made = await tempDir();
  wanted = [3000, 400_000].map((size) =>
    pushComponent(registry, { repository: `acme/of-${size}`, tag: "1", wasm: bytesOf(size, size) }),
  );
  await using near = openClient(join(made.path, "near"));
  const lock = join(made.path, "lock.json");
  await near.client.createLock(
    lock,
    wanted.map(({ reference }) => reference),
  );
  await near.client.saveBundle({ lock, output: join(made.path, "bundle.tar") });
});
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await worker[Symbol.asyncDispose]();
  await made[Symbol.asyncDispose]();
});

/** What is killed, in a folder in which there is nothing yet. */
interface Victim {
  readonly step: (folder: string) => CacheStep;
  /** The file in that folder that it makes, which is to be that of the same bytes in {@link made}. */
  readonly makes: string;
  /** What is wrong in a folder in which it has ended at last. */
  readonly complaintsAfter?: (root: string) => Promise<readonly string[]>;
}

/** Kills it at calls of the file system, each time anew, and returns what was wrong then. */
async function killEverywhere({ step, makes, complaintsAfter }: Victim): Promise<readonly string[]> {
  const right = await readFile(join(made.path, makes));
  const run = (folder: string, killAt?: number): Promise<readonly string[] | undefined> =>
    runWork(worker, { root: join(folder, "cache"), watched: folder, step: step(folder), killAt });
  await using whole = await tempDir();
  const calls = (await run(whole.path)) ?? [];
  const all = calls.map((_, i) => i + 1);
  const points = [...sampleOf(all, sample)];
  const taken = points.length;
  expect(taken).toBeGreaterThanOrEqual(sample);
  let killed = 0;
  const complaints: string[] = [];
  const killAt = async (point: number): Promise<readonly string[]> => {
    await using dir = await tempDir();
    const [root, target] = [join(dir.path, "cache"), join(dir.path, makes)];
    if ((await run(dir.path, point)) === undefined) killed += 1;
    const wrong: string[] = [];
    if ((await bytesAt(target))?.equals(right) === false) wrong.push(`half of ${makes}`);
    // In a copy, for looking at a cache mends it.
    await using copy = await tempDir();
    await cp(dir.path, copy.path, { recursive: true, verbatimSymlinks: true });
    wrong.push(...(await complaintsAbout(join(copy.path, "cache"), wanted)));
    await run(dir.path);
    if ((await bytesAt(target))?.equals(right) !== true) wrong.push(`the next one did not make ${makes}`);
    const others = (await readdir(dir.path)).filter((name) => name !== "cache" && !name.startsWith(makes));
    wrong.push(...others, ...((await complaintsAfter?.(root)) ?? []));
    return [...wrong, ...(await complaintsAbout(root, wanted))].map((one) => `call ${point}: ${one}`);
  };
  const work = async (): Promise<void> => {
    for (let point = points.pop(); point !== undefined; point = points.pop())
      complaints.push(...(await killAt(point)));
  };
  await Promise.all(Array.from({ length: width }, work));
  console.log(`killed at ${killed} of ${calls.length} calls`);
  // How many calls there are may differ by a few.
  expect(killed).toBeGreaterThan(0.9 * taken);
  return complaints;
}

/** The bytes of a file; `undefined` when there is none. */
async function bytesAt(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

test(
  "a save that is killed at any call of the file system leaves no half bundle, and the next one ends",
  { timeout: 3_600_000 },
  async () => {
    const complaints = await killEverywhere({
      step: (folder) => ({
        do: "save",
        lock: join(made.path, "lock.json"),
        output: join(folder, "bundle.tar"),
      }),
      makes: "bundle.tar",
    });
    expect(complaints).toEqual([]);
  },
);

test(
  "a load that is killed at any call of the file system leaves a sound cache, and the next one ends",
  { timeout: 3_600_000 },
  async () => {
    const complaints = await killEverywhere({
      step: (folder) => ({
        do: "load",
        path: join(made.path, "bundle.tar"),
        lockOutput: join(folder, "lock.json"),
      }),
      makes: "lock.json",
      complaintsAfter: async (root) => {
        await using far = openClient(root, { offline: true });
        const pulled = await far.client.pullLock(join(made.path, "lock.json"));
        return pulled.some(({ fetched }) => fetched) ? ["the next one did not load everything"] : [];
      },
    });
    expect(complaints).toEqual([]);
  },
);
