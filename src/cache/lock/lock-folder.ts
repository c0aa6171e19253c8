import { join } from "node:path";
import { errnoOf, isJsonObject, parseJson } from "../../core/index.ts";
import { ifPresent } from "../io-errors.ts";
import { QuickFile } from "../quick-file.ts";
import { mkdir, readEntries, rm, rmdir } from "../quick-fs.ts";
import { openRegular } from "../read-file.ts";
import type { LockFiles, LockState } from "./claim.ts";
import { type LockRecord, openLockRecord, releasedMark } from "./lock-record.ts";

/** The generations of a lock as files `L.<n>` of a folder, and the record of the one that was made last. */
export interface LockFolder extends LockFiles {
  /** Of the generation that {@link LockFiles.claim} last made. */
  readonly record: () => LockRecord | undefined;
  /** Removes the folder, when it is empty. */
  readonly removeFolder: () => Promise<void>;
}

/** The lock in `folder`, which is made when it is needed. */
export function openLockFolder(folder: string): LockFolder {
  const pathOf = (generation: number): string => join(folder, `L.${generation}`);
  let record: LockRecord | undefined;
  return {
    record: () => record,
    async list() {
      const entries = (await ifPresent(readEntries(folder))) ?? [];
      const files = entries.filter((entry) => entry.isFile() && /^L\.[1-9]\d{0,14}$/.test(entry.name));
      return files.map(({ name }) => Number(name.slice("L.".length)));
    },
    read: (generation) => readState(pathOf(generation)),
    async claim(generation) {
      await mkdir(folder, { recursive: true });
      try {
        record = await openLockRecord(await QuickFile.open(pathOf(generation), "wx", 0o644));
        return true;
      } catch (error) {
        // ENOENT: the last holder was done and took the folder away.
        if (errnoOf(error) === "EEXIST" || errnoOf(error) === "ENOENT") return false;
        throw error;
      }
    },
    async remove(generation) {
      await rm(pathOf(generation));
    },
    async removeFolder() {
      try {
        await rmdir(folder);
      } catch (error) {
        // Somebody else has begun anew, or was faster.
        if (!["ENOTEMPTY", "EEXIST", "ENOENT"].includes(errnoOf(error) ?? "")) throw error;
      }
    },
  };
}

async function readState(path: string): Promise<LockState | undefined> {
  const handle = await openRegular(path);
  if (handle === undefined) return undefined;
  try {
    const buffer = Buffer.alloc(4096);
    const length = await handle.read(buffer, 0, buffer.length, 0);
    const { mtimeMs: modifiedMs } = await handle.stat();
    const text = buffer.subarray(0, length);
    if (text.toString("latin1").startsWith(releasedMark)) return { kind: "released" };
    const record = parseJson(text);
    const owner = isJsonObject(record) ? record["owner"] : undefined;
    const receivedBytes = isJsonObject(record) ? record["received_bytes"] : undefined;
    if (!isJsonObject(owner) || typeof receivedBytes !== "number") return { kind: "unreadable", modifiedMs };
    return { kind: "held", holder: { owner, receivedBytes, modifiedMs } };
  } finally {
    await handle.close();
  }
}
