import { formatBytes } from "../../core/index.ts";
import type { Invocation, Output } from "../command.ts";
import { snakeCaseKeys } from "../snake-case.ts";

/** `cache info` */
export async function cacheInfo({ client }: Invocation): Promise<Output> {
  const info = await client.cacheInfo();
  return {
    lines: [
      `root: ${info.root}`,
      `artifacts: ${info.artifacts} (${formatBytes(info.artifactBytes)})`,
      `blobs: ${info.blobs}`,
      `on disk: ${formatBytes(info.diskBytes)}`,
      `references: ${info.references}`,
      `quarantined: ${info.quarantined}`,
    ],
    json: snakeCaseKeys(info),
  };
}
