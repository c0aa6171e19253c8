import type { Case } from "../case.ts";
import { openLink } from "../link.ts";
import { processContender } from "../process-contender.ts";
import { ourContenders } from "./contenders.ts";

const node24 = "greentic-dist, Node 24";
const limit = "curl --parallel to /dev/null";

/** A lockfile over a network as it is in the world. */
export const slowLink: Case = {
  name: "slow-link",
  title: "Cold pull, lockfile of 40 × 5 MiB, link of 30 ms and 50 Mbit/s",
  rounds: 3,
  // The link alone decides, and it has nothing to warm up.
  warmUp: false,
  contest: async (setting) => {
    const { workbench, programs, env } = setting;
    const link = await openLink(new URL(workbench.registry), { roundTripMs: 30, bitsPerSecond: 50e6 });
    const set = await workbench.artifacts("40 × 5 MiB", link.url);
    const pull = ["pull", "--lock", set.lockfile];
    const urls = set.artifacts.flatMap(({ blobUrl }) => ["-o", "/dev/null", blobUrl]);
    const curl = [programs.peers.get("curl") ?? []].flat().map(({ path }) => {
      const command = [path, "--parallel", "--parallel-max", "8", "-sf", ...urls] as const;
      return processContender({ name: limit, command, env });
    });
    return {
      // One of ours is enough: it is the link that is slow.
      contenders: [...ourContenders(setting, set, pull).filter(({ name }) => name === node24), ...curl],
      limits: [{ of: node24, against: [limit], atMost: 1.05 }],
      close: () => link[Symbol.asyncDispose](),
    };
  },
};
