import { join } from "node:path";
import { stateOf } from "../../cache/index.ts";
import { isDistError, limits } from "../../core/index.ts";
import {
  distributorJson,
  type FolderSettings,
  invalidDistributorJson,
  noSettings,
  parseDistributorJson,
} from "./distributor-json.ts";
import { withIoError } from "./io-error.ts";
import { entryInside, openInside } from "./inside.ts";

/** Reads `distributor.json` again whenever it changed. */
export interface SettingsFile {
  /**
   * What it says now; while it cannot be used, what it said before. The same object for as long as it does not change.
   */
  readonly read: () => Promise<FolderSettings>;
}

/**
 * Reads `distributor.json` in `root`, which need not be there.
 * @param warn hears, once, of each change that makes it unusable
 * @throws {DistError} INVALID_CONFIG when it cannot be used from the beginning
 */
export async function openSettingsFile(root: string, warn: (message: string) => void): Promise<SettingsFile> {
  const path = join(root, distributorJson);
  let settings = noSettings;
  let stamp: string | undefined;

  const refresh = (): Promise<void> =>
    withIoError(path, async () => {
      const state = (await entryInside(root, path))?.state ?? (await stateOf(path));
      const now = state?.stamp ?? "";
      if (now === stamp) return;
      stamp = now;
      settings = await parseFile(root, path);
    });
  await refresh();
  return {
    async read() {
      try {
        await refresh();
      } catch (error) {
        if (!isDistError(error, "INVALID_CONFIG")) throw error;
        warn(`${error.message}; what it said before still holds`);
      }
      return settings;
    },
  };
}

async function parseFile(root: string, path: string): Promise<FolderSettings> {
  await using file = await openInside(root, path);
  if (file === undefined) {
    if ((await stateOf(path)) === undefined) return noSettings;
    throw invalidDistributorJson(path, "it is no file of this folder");
  }
  const { sizeBytes } = await file.state();
  if (sizeBytes > limits.manifestBytes) {
    throw invalidDistributorJson(path, `it is larger than ${limits.manifestBytes} bytes`);
  }
  return parseDistributorJson(await file.bytes(), path);
}
