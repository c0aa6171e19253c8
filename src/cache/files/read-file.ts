import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  type Stats,
} from "node:fs";
import { type JsonObject, isJsonObject, parseJson } from "../../core/index.ts";
import { ifPresent, ifPresentSync } from "./io-errors.ts";
import { QuickFile } from "./quick-file.ts";

/** How a file is opened of which it is not known whether it is one. */
const regular = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Opens a regular file for reading: no link is followed, no FIFO is waited for. `undefined` when there is none. */
export async function openRegular(path: string): Promise<QuickFile | undefined> {
  const handle = await ifPresent(QuickFile.open(path, regular));
  if (handle === undefined) return undefined;
  let isFile = false;
  try {
    isFile = (await handle.stat()).isFile();
  } finally {
    if (!isFile) await handle.close();
  }
  return isFile ? handle : undefined;
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

/** A small JSON object; one that cannot be read counts as absent. */
export async function readJson(path: string): Promise<JsonObject | undefined> {
  return readJsonSync(path);
}

/** How much of a file is read before it is known whether it is wanted, in bytes. */
const firstBytes = 4096;

/**
 * The same as {@link readRegular}, at once and with the fewest calls: for small files.
 * @param first what its first byte must be. Default: anything
 */
export function readRegularSync(path: string, maxBytes: number, first?: number): Uint8Array | undefined {
  const file = ifPresentSync(() => openSync(path, regular));
  if (file === undefined) return undefined;
  try {
    const stats = fstatSync(file);
    if (!stats.isFile() || stats.size > maxBytes) return undefined;
    const bytes = Buffer.allocUnsafe(stats.size);
    const fill = (start: number, end: number): number => {
      let position = start;
      for (let count = -1; count !== 0 && position < end; position += count) {
        count = readSync(file, bytes, position, end - position, position);
      }
      return position;
    };
    const begun = fill(0, Math.min(firstBytes, bytes.length));
    if (first !== undefined && bytes[0] !== first) return undefined;
    return bytes.subarray(0, fill(begun, bytes.length));
  } finally {
    closeSync(file);
  }
}

/** What lies at a path, a link not followed, asked at once; `undefined` when nothing does. */
export function statsAt(path: string): Stats | undefined {
  return ifPresentSync(() => lstatSync(path, { throwIfNoEntry: false }));
}

/** The same, exactly: a `number` does not hold all nanoseconds. */
export function exactStatsAt(path: string): BigIntStats | undefined {
  return ifPresentSync(() => lstatSync(path, { bigint: true, throwIfNoEntry: false }));
}

/** The same as {@link readJson}, at once. */
export function readJsonSync(path: string): JsonObject | undefined {
  const bytes = readRegularSync(path, maxJsonBytes);
  const value = bytes === undefined ? undefined : parseJson(bytes);
  return isJsonObject(value) ? value : undefined;
}
