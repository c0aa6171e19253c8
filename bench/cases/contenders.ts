import { join } from "node:path";
import type { Setting } from "../case.ts";
import type { Contender } from "../measure.ts";
import type { PeerPull } from "../peer-pulls.ts";
import { processContender } from "../process-contender.ts";
import type { ArtifactSet } from "../workbench.ts";

/** This package, in each way in which it is run here, bringing a set into an empty cache. */
export function ourContenders(
  { programs, env, workbench }: Setting,
  { artifacts }: ArtifactSet,
  args: readonly string[],
): readonly Contender[] {
  const digests = artifacts.map((one) => one.contentDigest);
  const to = join(workbench.directory, "out");
  return programs.ours.map(({ name, command }) =>
    processContender({
      name,
      command: [...command, "--cache-dir", to, ...args],
      env,
      brings: { to, digests, isSynced: true },
    }),
  );
}

/** The peers that are here, bringing a set into an empty folder. */
export function peerContenders(
  { programs, env, workbench }: Setting,
  { artifacts }: ArtifactSet,
  pulls: readonly PeerPull[],
): readonly Contender[] {
  const digests = artifacts.map((one) => one.contentDigest);
  const to = join(workbench.directory, "out");
  return pulls.flatMap(({ name, peer, command }) => {
    const path = programs.peers.get(peer)?.path;
    if (path === undefined) return [];
    return [
      processContender({ name, command: command(path, to), env, brings: { to, digests, isSynced: false } }),
    ];
  });
}
