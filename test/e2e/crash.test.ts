import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleProgram, type Program } from "../support/bundle-program.ts";
import type { Work } from "../support/cache-worker.ts";
import { type CrashScenario, type CrashScenarios, openCrashScenarios } from "../support/crash-scenarios.ts";
import { sampleOf } from "../support/soak.ts";
import { complaintsAbout } from "../support/sound-cache.ts";
import { tempDir } from "../support/temp-dir.ts";

/** How many of all points the default run takes. */
const sample = 70;
/** Processes that run at a time. */
const width = 3;

interface Point {
  readonly scenario: CrashScenario;
  readonly killAt: number;
}

let all: CrashScenarios;
let worker: Program;
beforeAll(async () => {
  all = await openCrashScenarios();
  worker = await bundleProgram("cache-worker.ts");
});
afterAll(async () => {
  await all[Symbol.asyncDispose]();
  await worker[Symbol.asyncDispose]();
});

/** Runs a scenario in a process of its own; `undefined` when that was killed, else the calls that it made. */
async function run(
  { step }: CrashScenario,
  root: string,
  killAt: number | undefined,
): Promise<readonly string[] | undefined> {
  const work: Work = { root, step, killAt };
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [worker.path, JSON.stringify(work)]);
    return JSON.parse(stdout) as readonly string[];
  } catch (error) {
    if (error instanceof Error && "signal" in error && error.signal === "SIGKILL") return undefined;
    throw error;
  }
}

async function pointsOf(scenario: CrashScenario): Promise<readonly Point[]> {
  await using dir = await tempDir();
  const root = join(dir.path, "cache");
  await scenario.prepare(root);
  const calls = (await run(scenario, root, undefined)) ?? [];
  return calls.map((_, i) => ({ scenario, killAt: i + 1 }));
}

test("a process that is killed at any call of the file system leaves nothing wrong behind", async () => {
  const points = (await Promise.all(all.scenarios.map(pointsOf))).flat();
  const left = [...sampleOf(points, sample)];
  const taken = left.length;
  const complaints: string[] = [];
  let killed = 0;
  const work = async (): Promise<void> => {
    for (let point = left.pop(); point !== undefined; point = left.pop()) {
      const { scenario, killAt } = point;
      await using dir = await tempDir();
      const root = join(dir.path, "cache");
      await scenario.prepare(root);
      if ((await run(scenario, root, killAt)) === undefined) killed += 1;
      const found = await complaintsAbout(root, scenario.wanted, scenario.isSpoilt);
      complaints.push(...found.map((one) => `${scenario.name}, killed at call ${killAt}: ${one}`));
    }
  };
  await Promise.all(Array.from({ length: width }, work));
  console.log(`killed at ${killed} of ${points.length} calls`);
  expect(complaints).toEqual([]);
  expect(points.length).toBeGreaterThan(400);
  // How many calls there are may differ by a few.
  expect(killed).toBeGreaterThan(0.9 * taken);
}, 3_600_000);
