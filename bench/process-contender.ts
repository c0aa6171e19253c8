import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { account, type CommandLine } from "./account.ts";
import type { Contender } from "./measure.ts";

/** A command that is measured as a whole process. */
export interface MeasuredCommand {
  readonly name: string;
  readonly command: CommandLine;
  readonly env: Readonly<Record<string, string>>;
  /** Done once, before the first run. */
  readonly prepare?: (() => Promise<void>) | undefined;
  /** What it brings into an empty folder. Default: it writes nothing that counts. */
  readonly brings?: Download | undefined;
}

/** What a command is to bring. */
export interface Download {
  /** Folder that is empty before each run. */
  readonly to: string;
  /** Digests of the files that are there afterwards; looked for in the first run. */
  readonly digests: readonly string[];
  /** Whether the command itself waits until its files are on the disk. */
  readonly isSynced: boolean;
}

/** A {@link Contender} that runs a command in a new process each time. */
export function processContender({ name, command, env, prepare, brings }: MeasuredCommand): Contender {
  return {
    name,
    run: async (isFirst) => {
      if (isFirst) await prepare?.();
      if (brings === undefined) {
        const taken = await account(command, env);
        return { ...taken, syncedMs: taken.wallMs };
      }
      await rm(brings.to, { recursive: true, force: true });
      await mkdir(brings.to, { recursive: true });
      // What others wrote and removed is no load on this one's disk.
      await account(["sync", "-f", brings.to], env);
      const taken = await account(command, env);
      const files = await filesBelow(brings.to);
      const synced = brings.isSynced ? undefined : await account(["sync", "-d", ...files], env);
      if (isFirst) await checkHolds(files, brings.digests);
      return { ...taken, syncedMs: taken.wallMs + (synced?.wallMs ?? 0) };
    },
  };
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function checkHolds(files: readonly string[], digests: readonly string[]): Promise<void> {
  const found = new Set<string>();
  for (const file of files) {
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array);
    found.add(`sha256:${hash.digest("hex")}`);
  }
  const missing = digests.filter((digest) => !found.has(digest));
  if (missing.length > 0) {
    throw new Error(`${missing.length} of ${digests.length} artifacts are not there, ${missing[0]} for one`);
  }
}
