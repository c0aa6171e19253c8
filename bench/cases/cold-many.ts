import type { Case, Limit } from "../case.ts";
import { pullsOfMany } from "../peer-pulls.ts";
import type { ArtifactShape } from "../workbench.ts";
import { ourContenders, peerContenders } from "./contenders.ts";

const limit = (against: string, atMost: number): Limit => ({
  of: "greentic-dist, Node 24",
  against: [against],
  atMost,
});

/** Components of a middling size, all from one lockfile. */
export const cold40: Case = coldMany("cold-40x5-mib", "40 × 5 MiB", 5, [
  limit("curl --parallel, then openssl dgst", 1.1),
  limit("xargs -P8 oras pull", 0.75),
  limit("Rust greentic-dist 0.4 --lock", 0.27),
]);

/** Small components, all from one lockfile. */
export const cold200: Case = coldMany("cold-200x20-kib", "200 × 20 KiB", 5, [
  limit("xargs -P8 oras pull", 0.5),
  limit("Rust greentic-dist 0.4 --lock", 0.22),
]);

function coldMany(name: string, shape: ArtifactShape, rounds: number, limits: readonly Limit[]): Case {
  return {
    name,
    title: `Cold pull, lockfile of ${shape}`,
    rounds,
    contest: async (setting) => {
      const set = await setting.workbench.artifacts(shape);
      return {
        contenders: [
          ...ourContenders(setting, set, ["pull", "--lock", set.lockfile]),
          ...peerContenders(setting, set, pullsOfMany(set)),
        ],
        limits,
      };
    },
  };
}
