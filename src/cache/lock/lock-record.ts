import { describeOwner } from "../owner.ts";
import type { QuickFile } from "../files/quick-file.ts";

/** How often a holder says that it is still there, in milliseconds. */
const beatMs = 5_000;

/** How a record begins whose lock was let go. */
export const releasedMark = "released";

/** Room that a record always fills, so that it is written over in place, in bytes. */
const recordBytes = 512;

/** The record of a lock that this process holds. */
export interface LockRecord {
  /** Says with the next beat how far the holder has come, in bytes. */
  readonly report: (receivedBytes: number) => void;
  /** Lets go of the lock. */
  readonly release: () => Promise<void>;
  /** Stops the beat; what the file says stays. */
  readonly close: () => Promise<void>;
}

/** Writes this process's record into a new file, and goes on writing it as long as the lock is held. The caller closes a file in which that failed. */
export async function openLockRecord(handle: QuickFile): Promise<LockRecord> {
  const owner = await describeOwner();
  let receivedBytes = 0;
  let writing: Promise<unknown> = Promise.resolve();
  const write = async (): Promise<void> => {
    const text = JSON.stringify({ owner, received_bytes: receivedBytes });
    await handle.write(Buffer.from(text.padEnd(recordBytes)), 0);
  };
  await write();
  const beat = setInterval(() => {
    // A disk that refuses the beat makes others take the lock over at worst, which costs a second download.
    writing = writing.then(write).catch(() => undefined);
  }, beatMs);
  beat.unref();
  const stop = async (): Promise<void> => {
    clearInterval(beat);
    await writing;
  };
  return {
    report: (bytes) => {
      receivedBytes = bytes;
    },
    async release() {
      await stop();
      await handle.write(Buffer.from(releasedMark), 0);
      await handle.close();
    },
    async close() {
      await stop();
      await handle.close();
    },
  };
}
