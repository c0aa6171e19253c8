import { join } from "node:path";
import { errnoOf, isJsonObject, parseJson } from "../../core/index.ts";
import { ifPresent, ifWritable } from "../files/io-errors.ts";
import { QuickFile } from "../files/quick-file.ts";
import { mkdir, readdir, rm } from "../files/quick-fs.ts";
import { openRegular, statsAt } from "../files/read-file.ts";
import type { Generations, LockState } from "./claim.ts";
import { type LockRecord, openLockRecord, releasedMark } from "./lock-record.ts";

/** The generations of a lock as files `<name>.<n>`, and the record of the one that was made last. */
export interface LockFiles extends Generations {
  /** Of the generation that {@link Generations.claim} last made. */
  readonly record: () => LockRecord | undefined;
}

/** The lock of that name in `folder`, which is made when it is needed, and may hold anything else. */
export function openLockFiles(folder: string, name: string): LockFiles {
  const start = `${name}.`;
  const pathOf = (generation: number): string => join(folder, `${start}${generation}`);
  let record: LockRecord | undefined;
  let claimed: number | undefined;
  return {
    record: () => record,
    async list() {
      const entries = (await ifPresent(readdir(folder))) ?? [];
      return entries
        .filter((entry) => entry.startsWith(start))
        .map((entry) => entry.slice(start.length))
        .filter((generation) => /^[1-9]\d{0,14}$/.test(generation))
        .map(Number);
    },
    read: (generation) => readState(pathOf(generation)),
    async claim(generation) {
      const path = pathOf(generation);
      let file: QuickFile;
      try {
        file = await QuickFile.open(path, "wx", 0o644);
      } catch (error) {
        if (errnoOf(error) === "ENOENT") await mkdir(folder, { recursive: true });
        else if (errnoOf(error) !== "EEXIST") throw error;
        return false;
      }
      try {
        record = await openLockRecord(file);
      } catch (error) {
        await file.close();
        // A record that says nothing, as on a full disk, would hold up everyone until it is old.
        await ifWritable(() => rm(path));
        throw error;
      }
      claimed = generation;
      return true;
    },
    async remove(generation) {
      const path = pathOf(generation);
      if (generation === claimed) await record?.close();
      else if (statsAt(path)?.isFile() !== true) return;
      await rm(path);
    },
  };
}

async function readState(path: string): Promise<LockState | undefined> {
  const handle = await openRegular(path);
  // What bears the name and is no file of ours is held by nobody, and left alone.
  if (handle === undefined) return statsAt(path) === undefined ? undefined : { kind: "released" };
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
