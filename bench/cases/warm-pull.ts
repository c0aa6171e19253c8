import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { account } from "../account.ts";
import type { Case, Limit } from "../case.ts";
import type { Contender } from "../measure.ts";
import { processContender } from "../process-contender.ts";

const rusts = ["Rust greentic-dist 0.4", "Rust greentic-dist 1.2"] as const;

/** A component that the cache holds already. */
export const warmPull: Case = {
  name: "warm-pull",
  title: "Warm pull by digest",
  rounds: 40,
  contest: async ({ workbench, programs, env }) => {
    const [{ pinned, manifestDigest }] = (await workbench.artifacts("200 × 20 KiB")).artifacts;
    const contenders: Contender[] = [];
    const limits: Limit[] = [];
    const peers = rusts
      .flatMap((name) => programs.peers.get(name) ?? [])
      .map(({ name, path }) => ({ name, command: [path] as const, node: undefined }));
    for (const { name, command: program, node } of [...programs.ours, ...peers]) {
      const start = [...program, "--cache-dir", join(workbench.directory, `warm ${name}`), "pull"] as const;
      const command = [...start, manifestDigest] as const;
      const prepare = async (): Promise<void> => {
        await account([...start, pinned], env);
        // A file that changed a moment ago is hashed once more; then the cache remembers that it is whole.
        await sleep(2_500);
        await account(command, env);
      };
      contenders.push(processContender({ name, command, env, prepare }));
      if (node === undefined) continue;
      const nothing = name.replace("greentic-dist, ", "") + " -e 0";
      contenders.push(processContender({ name: nothing, command: [node, "-e", "0"], env }));
      limits.push({ of: name, against: [nothing], atMost: 1.25 });
    }
    limits.push({ of: "greentic-dist, standalone", against: rusts, atMost: 1 });
    return { contenders, limits };
  },
};
