import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bytesOf, pushComponent, type PushedComponent } from "../support/artifacts.ts";
import { bundleProgram, type Program } from "../support/bundle-program.ts";
import type { Done, Order } from "../support/cache-worker.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { soakSeconds } from "../support/soak.ts";
import { complaintsAbout } from "../support/sound-cache.ts";
import { tempDir } from "../support/temp-dir.ts";

const isSoak = soakSeconds !== undefined;
const seed = Number(process.env["GREENTIC_DIST_TEST_SEED"] ?? Date.now() % 2 ** 31);

let program: Program;
beforeAll(async () => {
  program = await bundleProgram("cache-worker.ts");
});
afterAll(() => program[Symbol.asyncDispose]());

interface Crew extends AsyncDisposable {
  /** Gives each process an order, all at once, and waits until they are done. */
  readonly all: (orderOf: (process: number) => Order) => Promise<readonly Done[]>;
}

/** Starts processes that take orders. */
async function startCrew(size: number): Promise<Crew> {
  const crew = Array.from({ length: size }, () => fork(program.path));
  await Promise.all(crew.map((one) => once(one, "spawn")));
  return {
    all: (orderOf) => Promise.all(crew.map((one, i) => give(one, orderOf(i)))),
    async [Symbol.asyncDispose]() {
      const ends = crew.map((one) => once(one, "exit"));
      for (const one of crew) one.kill();
      await Promise.all(ends);
    },
  };
}

async function give(one: ChildProcess, order: Order): Promise<Done> {
  const answer = once(one, "message");
  one.send(order);
  return ((await answer) as [Done])[0];
}

const downloads = ({ requests }: Registry, { contentDigest }: PushedComponent): number =>
  requests.filter(({ path }) => path.endsWith(`/blobs/${contentDigest}`)).length;

function pushMany(registry: Registry, count: number, size: number): readonly PushedComponent[] {
  return Array.from({ length: count }, (_, i) =>
    pushComponent(registry, { repository: `acme/c${i}`, tag: "1", wasm: bytesOf(size, `many ${i}`) }),
  );
}

const [processes, rounds] = isSoak ? [32, 50] : [8, 8];

test(`${processes} processes that pull one thing at once into an empty cache download it once, ${rounds} times over`, async () => {
  await using registry = await startRegistry();
  const artifacts = pushMany(registry, 1, 200_000);
  await using dir = await tempDir();
  await using crew = await startCrew(processes);
  let right = 0;
  for (let round = 0; round < rounds; round++) {
    const root = join(dir.path, String(round));
    const done = await crew.all(() => ({ do: "pull", root, artifacts }));
    expect(done.flatMap(({ violations }) => violations)).toEqual([]);
    right += done.reduce((sum, { counts }) => sum + (counts["right"] ?? 0), 0);
  }
  const downloaded = artifacts.map((one) => downloads(registry, one));
  console.log(`${right} right, ${downloaded.join()} downloads`);
  expect([right, downloaded]).toEqual([processes * rounds, [rounds]]);
}, 3_600_000);

const keys = isSoak ? 40 : 10;

test(`8 processes that pull the same ${keys} things at once download each once`, async () => {
  await using registry = await startRegistry();
  const artifacts = pushMany(registry, keys, 50_000);
  await using dir = await tempDir();
  await using crew = await startCrew(8);
  const done = await crew.all(() => ({ do: "pull", root: join(dir.path, "cache"), artifacts }));
  expect(done).toEqual(done.map(() => ({ counts: { right: keys }, violations: [] })));
  expect(artifacts.map((one) => downloads(registry, one))).toEqual(artifacts.map(() => 1));
}, 600_000);

const seconds = soakSeconds ?? 5;

test(
  `12 processes that pull, hold open, evict, verify and remove in one cache for ${seconds} s are never in each other's way`,
  async () => {
    console.log(`GREENTIC_DIST_TEST_SEED=${seed}`);
    await using registry = await startRegistry();
    const size = 50_000;
    const artifacts = pushMany(registry, 20, size);
    await using dir = await tempDir();
    const root = join(dir.path, "cache");
    await using crew = await startCrew(12);
    const order = { do: "soak", root, artifacts, seconds, maxBytes: 8 * size } as const;
    const done = await crew.all((i) => ({ ...order, seed: seed + i }));
    const counts: Record<string, number> = {};
    for (const one of done)
      for (const [name, count] of Object.entries(one.counts)) counts[name] = (counts[name] ?? 0) + count;
    console.log(counts);
    expect(done.flatMap(({ violations }) => violations).slice(0, 50)).toEqual([]);
    expect(await complaintsAbout(root, artifacts)).toEqual([]);
    expect(
      Math.min(...["pull", "hold", "gc", "verify", "rm"].map((name) => counts[name] ?? 0)),
    ).toBeGreaterThan(0);
  },
  3_600_000 + seconds * 1000,
);
