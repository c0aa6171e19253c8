import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { projectPath } from "../../test/support/project-path.ts";
import type { Case } from "../case.ts";
import { processContender } from "../process-contender.ts";

const node24 = "greentic-dist, Node 24";

/** A large lockfile of which everything is there. */
export const warmLock: Case = {
  name: "warm-lock",
  title: "Warm pull, lockfile of 1,000",
  rounds: 10,
  contest: async ({ workbench, programs, env }) => {
    const { lockfile } = await workbench.artifacts("1,000 × 1 KiB");
    const cache = join(workbench.directory, "warm-lock");
    const args = ["--cache-dir", cache, "pull", "--lock", lockfile];
    const [program, ...first] = programs.ours[0]?.command ?? [];
    if (program === undefined) return { contenders: [], limits: [] };
    const pull = () => promisify(execFile)(program, [...first, ...args], { env, maxBuffer: 1024 * 1024 });
    await pull();
    // Files that changed a moment ago are hashed once more; then the cache remembers that they are whole.
    await sleep(2_500);
    const { stdout } = await pull();
    const paths = join(workbench.directory, "warm-lock.json");
    await writeFile(
      paths,
      JSON.stringify(
        stdout
          .trim()
          .split("\n")
          .map((line) => line.slice(line.indexOf(" ") + 1)),
      ),
    );
    const stats = [projectPath("build/bench/stat-all.js"), paths] as const;
    return {
      contenders: programs.ours.flatMap(({ name, command, node }) => [
        processContender({ name, command: [...command, ...args], env }),
        ...(node === undefined
          ? []
          : [processContender({ name: statName(name), command: [node, ...stats], env })]),
      ]),
      limits: [{ of: node24, against: [statName(node24)], atMost: 3 }],
    };
  },
};

const statName = (name: string): string => `1,000 × fs.promises.stat, ${name.replace("greentic-dist, ", "")}`;
