/**
 * Calls of `node:fs/promises` that take microseconds, made at once. On a thread of the pool each of them costs a hundred,
 * which goes into waking threads, and a small artifact needs dozens. What moves many bytes, or waits for the disk, is
 * not among them.
 * @module
 */
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { errnoOf } from "../../core/index.ts";

export async function chmod(path: string, mode: number): Promise<void> {
  chmodSync(path, mode);
}

export async function link(source: string, path: string): Promise<void> {
  linkSync(source, path);
}

export async function lstat(path: string): Promise<Stats> {
  return lstatSync(path);
}

export async function mkdir(
  path: string,
  options?: { readonly recursive?: boolean; readonly mode?: number | undefined },
): Promise<void> {
  mkdirSync(path, options);
}

/** The names in a folder. */
export async function readdir(path: string): Promise<readonly string[]> {
  return readdirSync(path);
}

/** The text of a small file. */
export async function readText(path: string): Promise<string> {
  return readFileSync(path, "utf8");
}

export async function readlink(path: string): Promise<string> {
  return readlinkSync(path);
}

export async function rename(from: string, to: string): Promise<void> {
  renameSync(from, to);
}

/** Removes a file, or a link; one that is not there is no error. */
export async function rm(path: string): Promise<void> {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
}

/** Removes a file or a folder, with all that is in it; one that is not there is no error. */
export async function rmTree(path: string): Promise<void> {
  rmSync(path, { recursive: true, force: true });
}

export async function stat(path: string): Promise<Stats> {
  return statSync(path);
}

export async function symlink(target: string, path: string): Promise<void> {
  symlinkSync(target, path);
}

/** Times in seconds since 1970. */
export async function utimes(path: string, accessed: Date | number, modified: Date | number): Promise<void> {
  utimesSync(path, accessed, modified);
}

/** Writes a small file. */
export async function writeFile(
  path: string,
  text: string,
  options?: { readonly flag: string; readonly mode?: number },
): Promise<void> {
  writeFileSync(path, text, options);
}
