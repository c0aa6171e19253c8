import { cp, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bytesOf, pushComponent } from "../support/artifacts.ts";
import { bundleProgram, type Program } from "../support/bundle-program.ts";
import { openClient } from "../support/client.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { runWork } from "../support/run-work.ts";
import { sampleOf } from "../support/soak.ts";
import { tempDir } from "../support/temp-dir.ts";

/** How many of all points the default run takes. */
const sample = 25;
/** Processes that run at a time. */
const width = 3;

let registry: Registry;
let worker: Program;
let before: Awaited<ReturnType<typeof tempDir>>;

const push = (name: string, tag: string): unknown =>
  pushComponent(registry, { repository: `acme/${name}`, tag, wasm: bytesOf(500, name + tag) });

beforeAll(async () => {
  registry = await startRegistry();
  worker = await bundleProgram("cache-worker.ts");
  before = await tempDir();
  const names = ["a", "b", "c"];
  for (const name of names) push(name, "1.0.0");
  await using cache = openClient(join(before.path, "cache"));
  await cache.client.createLock(
    join(before.path, "lock.json"),
    names.map((name) => `${registry.host}/acme/${name}:^1`),
  );
  for (const name of names) push(name, "1.1.0");
});
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await worker[Symbol.asyncDispose]();
  await before[Symbol.asyncDispose]();
});

/** Updates the lock of `folder` in a process of its own; `undefined` when that was killed, else the calls that it made. */
function update(folder: string, killAt?: number): Promise<readonly string[] | undefined> {
  const step = { do: "update-lock", path: join(folder, "lock.json") } as const;
  return runWork(worker, { root: join(folder, "cache"), watched: folder, step, killAt });
}

async function copied(): Promise<Awaited<ReturnType<typeof tempDir>>> {
  const dir = await tempDir();
  await cp(before.path, dir.path, { recursive: true, verbatimSymlinks: true });
  return dir;
}

test("lock update that is killed at any call of the file system leaves the old or the new lock, and the next one ends", async () => {
  await using whole = await copied();
  const calls = (await update(whole.path)) ?? [];
  const old = await readFile(join(before.path, "lock.json"), "utf8");
  const now = await readFile(join(whole.path, "lock.json"), "utf8");
  expect(now).not.toBe(old);
  const points = [
    ...sampleOf(
      calls.map((_, i) => i + 1),
      sample,
    ),
  ];
  const taken = points.length;
  expect(taken).toBeGreaterThanOrEqual(Math.min(sample, calls.length));
  let killed = 0;
  const wrong: string[] = [];
  const work = async (): Promise<void> => {
    for (let killAt = points.pop(); killAt !== undefined; killAt = points.pop()) {
      await using dir = await copied();
      const path = join(dir.path, "lock.json");
      if ((await update(dir.path, killAt)) === undefined) killed += 1;
      if (![old, now].includes(await readFile(path, "utf8"))) wrong.push(`half a lock after call ${killAt}`);
      await update(dir.path);
      if ((await readFile(path, "utf8")) !== now) wrong.push(`another lock after call ${killAt}`);
      const beside = (await readdir(dir.path)).filter(
        (name) => name !== "cache" && !name.startsWith("lock.json"),
      );
      wrong.push(...beside);
    }
  };
  await Promise.all(Array.from({ length: width }, work));
  console.log(`killed at ${killed} of ${calls.length} calls`);
  expect(wrong).toEqual([]);
  expect(killed).toBeGreaterThan(0.9 * taken);
});
