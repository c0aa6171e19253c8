import { writeSync } from "node:fs";
import { DistClient } from "../../src/index.ts";
import { type CacheStep, takeStep } from "./cache-step.ts";
import { type FsCall, installFailPoints } from "./fail-points.ts";

/** What {@link runWorker} sends to the process, as JSON in its first argument. */
export interface Work {
  readonly root: string;
  readonly step: CacheStep;
  /** Kills the process instead of making the call with this number. */
  readonly killAt?: number | undefined;
}

/** A process that does one {@link Work}, and writes the names of its calls of the file system. */
async function main(): Promise<void> {
  const { root, step, killAt } = JSON.parse(process.argv[2] ?? "") as Work;
  const calls: string[] = [];
  await using client = new DistClient({ cacheDir: root, env: {}, retry: { attempts: 1 } });
  using _ = await installFailPoints(root, ({ number, name }: FsCall) => {
    if (number === killAt) process.kill(process.pid, "SIGKILL");
    calls.push(name);
  });
  await takeStep(client, step);
  writeSync(1, JSON.stringify(calls));
}

await main();
