import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleProgram, type Program } from "../support/bundle-program.ts";
import { type CrashScenario, type CrashScenarios, openCrashScenarios } from "../support/crash-scenarios.ts";
import { runWork } from "../support/run-work.ts";
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

async function pointsOf(scenario: CrashScenario): Promise<readonly Point[]> {
  await using dir = await tempDir();
  const root = join(dir.path, "cache");
  await scenario.prepare(root);
  const calls = (await runWork(worker, { root, step: scenario.step })) ?? [];
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
      if ((await runWork(worker, { root, step: scenario.step, killAt })) === undefined) killed += 1;
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
