import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { projectPath } from "../../test/support/project-path.ts";
import type { Case } from "../case.ts";

const loop = projectPath("build/bench/library-loop.js");

/** What a program pays that holds a client and asks it for the same digest again and again. */
export const library: Case = {
  name: "library",
  title: "ensureCached of one digest again and again, per call",
  rounds: 10,
  contest: async ({ workbench, programs, env }) => {
    const [{ pinned }] = (await workbench.artifacts("200 × 20 KiB")).artifacts;
    const cache = join(workbench.directory, "library");
    return {
      contenders: programs.ours.flatMap(({ name, node }) =>
        (node === undefined ? [] : (["ensureCached", "fs.promises.stat"] as const)).map((call) => ({
          name: `${call}, ${name.replace("greentic-dist, ", "")}`,
          run: async () => {
            const { stdout } = await promisify(execFile)(node!, [loop, call, cache, pinned], { env });
            return { wallMs: Number(stdout), syncedMs: Number(stdout) };
          },
        })),
      ),
      limits: [{ of: "ensureCached, Node 24", against: ["fs.promises.stat, Node 24"], atMost: 3 }],
    };
  },
};
