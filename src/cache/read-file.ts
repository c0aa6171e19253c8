import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { type JsonObject, isJsonObject, parseJson } from "../core/index.ts";
import { ifPresent } from "./io-errors.ts";
import { QuickFile } from "./quick-file.ts";

/** How a file is opened of which it is not known whether it is one. */
const regular = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Opens a regular file for reading: no link is followed, no FIFO is waited for. `undefined` when there is none. */
export async function openRegular(path: string): Promise<QuickFile | undefined> {
  const handle = await ifPresent(QuickFile.open(path, regular));
  if (handle === undefined) return undefined;
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  return undefined;
}

/** All bytes of a regular file of at most `maxBytes`; `undefined` when there is none, or it is larger. */
export async function readRegular(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  const handle = await openRegular(path);
  if (handle === undefined) return undefined;
  try {
    return (await handle.stat()).size > maxBytes ? undefined : await handle.readAll();
  } finally {
    await handle.close();
  }
}

const maxJsonBytes = 1024 * 1024;

/** The same as {@link readJson}, at once, for what reads very many of them; one that is not there is an error. */
export function readJsonSync(path: string): JsonObject | undefined {
  const file = openSync(path, regular);
  try {
    const stats = fstatSync(file);
    const value = stats.isFile() && stats.size <= maxJsonBytes ? parseJson(readFileSync(file)) : undefined;
    return isJsonObject(value) ? value : undefined;
  } finally {
    closeSync(file);
  }
}

/** A small JSON object; one that cannot be read counts as absent. */
export async function readJson(path: string): Promise<JsonObject | undefined> {
  const bytes = await readRegular(path, maxJsonBytes);
  const value = bytes === undefined ? undefined : parseJson(bytes);
  return isJsonObject(value) ? value : undefined;
}
