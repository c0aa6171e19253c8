import { join } from "node:path";
import { errnoOf, isJsonObject, parseJson } from "../../core/index.ts";
import { ifPresent } from "../files/io-errors.ts";
import { QuickFile } from "../files/quick-file.ts";
import { mkdir, readEntries, rm } from "../files/quick-fs.ts";
import { openRegular } from "../files/read-file.ts";
import type { LockFiles, LockState } from "./claim.ts";
import { type LockRecord, openLockRecord, releasedMark } from "./lock-record.ts";

/** The generations of a lock as files `<name>.<n>` of a folder, and the record of the one that was made last. */
export interface LockFolder extends LockFiles {
  /** Of the generation that {@link LockFiles.claim} last made. */
  readonly record: () => LockRecord | undefined;
}

/** The lock of that name in `folder`, which is made when it is needed, and may hold others. */
export function openLockFolder(folder: string, name: string): LockFolder {
  const start = `${name}.`;
  const pathOf = (generation: number): string => join(folder, `${start}${generation}`);
  let record: LockRecord | undefined;
  return {
    record: () => record,
    async list() {
      const entries = (await ifPresent(readEntries(folder))) ?? [];
      return entries
        .filter((entry) => entry.name.startsWith(start) && entry.isFile())
        .map((entry) => entry.name.slice(start.length))
        .filter((generation) => /^[1-9]\d{0,14}$/.test(generation))
        .map(Number);
    },
    read: (generation) => readState(pathOf(generation)),
    async claim(generation) {
      try {
        record = await openLockRecord(await QuickFile.open(pathOf(generation), "wx", 0o644));
        return true;
      } catch (error) {
        if (errnoOf(error) === "ENOENT") await mkdir(folder, { recursive: true });
        else if (errnoOf(error) !== "EEXIST") throw error;
        return false;
      }
    },
    async remove(generation) {
      await rm(pathOf(generation));
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
