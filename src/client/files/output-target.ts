import { dirname, resolve } from "node:path";
import { replaceFile } from "./replace-file.ts";

/** Where a result goes: the path of a file, or what takes its bytes, each chunk borrowed until it resolves. */
export type OutputTarget = string | ((chunk: Uint8Array) => Promise<void>);

/**
 * Writes to a target: a file at once, replacing what was there.
 * @throws {DistError} INVALID_INPUT, DISK_FULL, IO; and what a function throws
 */
export async function writeOutput(output: OutputTarget, bytes: Uint8Array): Promise<void> {
  await (typeof output === "string" ? replaceFile(output, bytes) : output(bytes));
}

/** The folder that a target lies in: of what is no file, the one that is worked in. */
export function folderOf(output: OutputTarget): string {
  return typeof output === "string" ? dirname(resolve(output)) : resolve(".");
}
