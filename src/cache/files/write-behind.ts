import type { QuickFile } from "./quick-file.ts";

/** After how many bytes the disk is asked to begin writing. */
const stepBytes = 8 * 1024 * 1024;

/** Writes a file from its beginning to its end, and syncs it. */
export interface WriteBehind {
  readonly write: (chunk: Uint8Array, position: number) => Promise<void>;
  /** Waits until everything is on the disk. */
  readonly sync: () => Promise<void>;
}

/**
 * A {@link WriteBehind} whose disk works while more bytes come, so that there is little left to wait for at the end. An
 * error of the disk is kept: a later sync of the same file may not report it again.
 */
export function createWriteBehind(file: QuickFile): WriteBehind {
  let unsynced = 0;
  let failure: unknown;
  let syncing: Promise<void> | undefined;
  const begin = async (): Promise<void> => {
    try {
      await file.datasync();
    } catch (error) {
      failure ??= error;
    } finally {
      syncing = undefined;
    }
  };
  return {
    async write(chunk, position) {
      await file.write(chunk, position);
      unsynced += chunk.length;
      if (unsynced < stepBytes || syncing !== undefined) return;
      unsynced = 0;
      syncing = begin();
    },
    async sync() {
      await syncing;
      if (failure !== undefined) throw failure;
      await file.sync();
    },
  };
}
