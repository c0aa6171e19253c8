import type { Case } from "../case.ts";
import type { Contender } from "../measure.ts";
import { processContender } from "../process-contender.ts";
import { ourContenders } from "./contenders.ts";

const node24 = "greentic-dist, Node 24";

/** What large and many artifacts cost in memory. */
export const memory: Case = {
  name: "memory",
  title: "Peak memory of a cold pull",
  rounds: 3,
  figure: "memory",
  contest: async (setting) => {
    const { workbench, programs, env } = setting;
    const large = await workbench.artifacts("512 MiB");
    const many = await workbench.artifacts("40 × 5 MiB");
    const idle = programs.ours.map(({ name, command }) =>
      processContender({ name, command: [...command, "--version"], env }),
    );
    return {
      contenders: [
        ...idle.map(renamed("--version")),
        ...ourContenders(setting, large, ["pull", large.artifacts[0].tagged]).map(renamed("512 MiB")),
        ...ourContenders(setting, many, ["pull", "--lock", many.lockfile]).map(renamed("40 × 5 MiB")),
      ],
      limits: [
        { of: `${node24}: 512 MiB`, against: [`${node24}: --version`], atMost: 40 },
        { of: `${node24}: 40 × 5 MiB`, against: [`${node24}: --version`], atMost: 60 },
      ],
    };
  },
};

/** The same contender, measured at something else. */
const renamed =
  (suffix: string) =>
  ({ name, run }: Contender): Contender => ({ name: `${name}: ${suffix}`, run });
