import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { mkdir, rm, stat, writeFile } from "./quick-fs.ts";
import type { Store } from "../store.ts";

/** The time by the clock that stamps the store's files, in milliseconds since 1970: it may be another machine's. */
export async function fileClock(store: Store): Promise<number> {
  return folderClock(store.ingest);
}

/** The time by the clock that stamps the files of a folder, in milliseconds since 1970. */
export async function folderClock(folder: string): Promise<number> {
  const probe = join(folder, `${randomUUID()}.tmp`);
  await mkdir(folder, { recursive: true });
  await writeFile(probe, "", { flag: "wx" });
  const { mtimeMs } = await stat(probe);
  await rm(probe);
  return mtimeMs;
}
