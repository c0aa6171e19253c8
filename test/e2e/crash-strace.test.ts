import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { argumentsOf } from "../support/cache-step.ts";
import { runCli, type RunResult } from "../support/cli.ts";
import { type CrashScenario, type CrashScenarios, openCrashScenarios } from "../support/crash-scenarios.ts";
import { sampleOf } from "../support/soak.ts";
import { complaintsAbout } from "../support/sound-cache.ts";
import { tempDir } from "../support/temp-dir.ts";

/** How many of all points the default run takes. */
const sample = 60;
/** Processes that run at a time. */
const width = 3;

const systemCalls = [
  ["fchmod", "fdatasync", "fsync", "getdents64", "ioctl", "link", "mkdir", "openat", "pread64", "pwrite64"],
  ["readlink", "rename", "rmdir", "symlink", "unlink", "utimensat"],
].flat();

/** One system call of the thread that works with files: no other makes it so often. */
interface Point {
  readonly scenario: CrashScenario;
  readonly call: string;
  readonly nth: number;
  /** How the scenario ends when nothing is killed. */
  readonly usualCode: number | null;
}

let all: CrashScenarios;
beforeAll(async () => {
  all = await openCrashScenarios();
});
afterAll(() => all[Symbol.asyncDispose]());

function run({ step }: CrashScenario, root: string, strace: readonly string[]): Promise<RunResult> {
  const through = ["strace", "-f", "-qq", ...strace];
  const env = { GREENTIC_DIST_CACHE_DIR: root, UV_THREADPOOL_SIZE: "1" };
  return runCli(argumentsOf(step), { through, env });
}

/** Records a run, and counts the calls of each thread. */
async function pointsOf(scenario: CrashScenario): Promise<readonly Point[]> {
  await using dir = await tempDir();
  const root = join(dir.path, "cache");
  const record = join(dir.path, "trace");
  await scenario.prepare(root);
  const { code: usualCode } = await run(scenario, root, [
    "-o",
    record,
    "-e",
    `trace=${systemCalls.join(",")}`,
  ]);
  const counts = new Map<string, Map<string, number>>();
  for (const line of (await readFile(record, "utf8")).split("\n")) {
    const [, thread, call] = /^(\d+) +([a-z0-9]+)\(/.exec(line) ?? [];
    if (thread === undefined || call === undefined) continue;
    const ofCall = counts.get(call) ?? new Map<string, number>();
    counts.set(call, ofCall.set(thread, (ofCall.get(thread) ?? 0) + 1));
  }
  return systemCalls.flatMap((call) => {
    const [most = 0, next = 0] = [...(counts.get(call)?.values() ?? [])].toSorted((a, b) => b - a);
    return Array.from({ length: most - next }, (_, i) => ({ scenario, call, nth: next + i + 1, usualCode }));
  });
}

test("a command that is killed at any system call leaves nothing wrong behind", async () => {
  const points: Point[] = [];
  for (const scenario of all.scenarios) points.push(...(await pointsOf(scenario)));
  const left = [...sampleOf(points, sample)];
  const taken = left.length;
  const complaints: string[] = [];
  let killed = 0;
  const work = async (): Promise<void> => {
    for (let point = left.pop(); point !== undefined; point = left.pop()) {
      const { scenario, call, nth, usualCode } = point;
      await using dir = await tempDir();
      const root = join(dir.path, "cache");
      await scenario.prepare(root);
      const kill = `inject=${call}:signal=SIGKILL:when=${nth}`;
      const { code, signal } = await run(scenario, root, [
        "-o",
        "/dev/null",
        "-e",
        `trace=${call}`,
        "-e",
        kill,
      ]);
      const isKilled = signal === "SIGKILL" || code === 137;
      if (isKilled) killed += 1;
      const what = `${scenario.name}, killed at ${call} ${nth}`;
      if (!isKilled && code !== usualCode) complaints.push(`${what}: exit ${code}`);
      const found = await complaintsAbout(root, scenario.wanted, scenario.isSpoilt);
      complaints.push(...found.map((one) => `${what}: ${one}`));
    }
  };
  await Promise.all(Array.from({ length: width }, work));
  console.log(`killed at ${killed} of ${points.length} system calls`);
  expect(complaints).toEqual([]);
  expect(killed).toBeGreaterThan(0.7 * taken);
}, 3_600_000);
