import type { Case } from "../case.ts";
import { openLink } from "../link.ts";
import { processContender } from "../process-contender.ts";
import { ourContenders } from "./contenders.ts";

/** A lockfile over a network as it is in the world. */
export const slowLink: Case = {
  name: "slow-link",
  title: "Cold pull of 40 × 5 MiB, one lockfile, behind a link of 30 ms and 50 Mbit/s",
  rounds: 3,
  // The link alone decides, and it has nothing to warm up.
  warmUp: false,
  contest: async (setting) => {
    const { workbench, programs, env } = setting;
    const link = await openLink(new URL(workbench.registry), { roundTripMs: 30, bitsPerSecond: 50e6 });
    const set = await workbench.artifacts("40 × 5 MiB", link.url);
    const curl = programs.peers.get("curl");
    const urls = set.artifacts.flatMap(({ blobUrl }) => ["-o", "/dev/null", blobUrl]);
    const name = "curl --parallel to /dev/null";
    return {
      contenders: [
        ...ourContenders(setting, set, ["pull", "--lock", set.lockfile]).slice(0, 1),
        ...(curl === undefined
          ? []
          : [
              processContender({
                name,
                command: [curl.path, "--parallel", "--parallel-max", "8", "-sf", ...urls],
                env,
              }),
            ]),
      ],
      limits: [{ of: "greentic-dist, Node 24", kind: "time", against: [name], atMost: 1.05 }],
      close: () => link[Symbol.asyncDispose](),
    };
  },
};
