import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Program } from "./bundle-program.ts";
import type { Work } from "./cache-worker.ts";

/** Does some work in a process of its own; `undefined` when that was killed, else the names of the calls that it made. */
export async function runWork({ path }: Program, work: Work): Promise<readonly string[] | undefined> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [path, JSON.stringify(work)]);
    return JSON.parse(stdout) as readonly string[];
  } catch (error) {
    if (error instanceof Error && "signal" in error && error.signal === "SIGKILL") return undefined;
    throw error;
  }
}
