import type { Case } from "../case.ts";
import { pullsOfOne } from "../peer-pulls.ts";
import { ourContenders, peerContenders } from "./contenders.ts";

const goPrograms = ["crane pull", "crane blob", "oras pull", "regctl artifact get"];
const node24 = "greentic-dist, Node 24";

/** One large component. */
export const coldOne: Case = {
  name: "cold-100-mib",
  title: "Cold pull, 100 MiB",
  rounds: 10,
  contest: async (setting) => {
    const set = await setting.workbench.artifacts("100 MiB");
    const [artifact] = set.artifacts;
    return {
      contenders: [
        ...ourContenders(setting, set, ["pull", artifact.tagged]),
        ...peerContenders(setting, set, pullsOfOne(artifact)),
      ],
      limits: [
        { of: node24, against: goPrograms, atMost: 1.05 },
        { of: "greentic-dist, Node 20", against: goPrograms, atMost: 1.4 },
        { of: "greentic-dist, standalone", against: goPrograms, atMost: 1 },
        { of: node24, against: ["skopeo copy"], atMost: 0.4 },
        { of: node24, against: ["Rust greentic-dist 0.4"], atMost: 0.7 },
        { of: node24, against: ["Rust greentic-dist 1.2"], atMost: 0.2 },
      ],
    };
  },
};
