import type { Case, Contest } from "../case.ts";
import type { Contender } from "../measure.ts";
import { processContender } from "../process-contender.ts";
import { ourContenders } from "./contenders.ts";

/** What large and many artifacts cost in memory. */
export const memory: Case = {
  name: "memory",
  title: "Peak memory of a cold pull",
  rounds: 3,
  figure: "memory",
  contest: async (setting): Promise<Contest> => {
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
      limits: programs.ours.flatMap(({ name }) => [
        { of: `${name}: 512 MiB`, against: [`${name}: --version`], atMost: 40 } as const,
        {
          of: `${name}: 40 × 5 MiB`,
          against: [`${name}: --version`],
          atMost: 60,
        } as const,
      ]),
    };
  },
};

/** The same contender, measured at something else. */
const renamed =
  (suffix: string) =>
  ({ name, run }: Contender): Contender => ({ name: `${name}: ${suffix}`, run });
