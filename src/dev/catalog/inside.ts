import { realpath } from "node:fs/promises";
import { relative, isAbsolute, sep } from "node:path";
import { type FileState, ifPresent, openFile, type OpenFile, stateOf } from "../../cache/index.ts";

/** A file or folder that is there. */
export interface Entry {
  /** Without links in it. */
  readonly path: string;
  readonly state: FileState;
}

/**
 * What lies at `path`, links followed as long as they end inside `root`, a path without links; `undefined` when it is
 * not there or outside.
 */
export async function entryInside(root: string, path: string): Promise<Entry | undefined> {
  const real = await ifPresent(realpath(path));
  if (real === undefined || !isInside(root, real)) return undefined;
  const state = await stateOf(real);
  return state === undefined ? undefined : { path: real, state };
}

/**
 * Opens the regular file at `path` for reading, links followed as long as they end inside `root`; `undefined` when
 * there is none. What was opened is what lies there inside: a folder that is swapped for a link meanwhile is found.
 */
export async function openInside(root: string, path: string): Promise<OpenFile | undefined> {
  const real = await ifPresent(realpath(path));
  if (real === undefined || !isInside(root, real)) return undefined;
  const file = await openFile(real);
  if (file === undefined) return undefined;
  const [opened, there] = [await file.state(), await entryInside(root, real)];
  if (there?.path === real && there.state.identity === opened.identity) return file;
  await file[Symbol.asyncDispose]();
  return undefined;
}

/** Whether `path` is below `root`; both without links. */
function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
