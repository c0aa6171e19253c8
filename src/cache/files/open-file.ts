import type { BigIntStats } from "node:fs";
import type { Digest } from "../../core/index.ts";
import { hashOf } from "../hashing/hash-file.ts";
import { stampOf } from "../hashing/memo.ts";
import { exactStatsAt, openRegular } from "./read-file.ts";

/** What a file system says of a file or folder. */
export interface FileState {
  readonly kind: "file" | "folder" | "other";
  readonly sizeBytes: number;
  /** When it was last written to, in milliseconds since 1970. */
  readonly modifiedMs: number;
  /** The same for two paths that lead to one file. */
  readonly identity: string;
  /** Another text whenever it has changed. */
  readonly stamp: string;
}

/** A regular file that is held open for reading. */
export interface OpenFile extends AsyncDisposable {
  readonly [Symbol.asyncDispose]: () => Promise<void>;
  readonly state: () => Promise<FileState>;
  /** Fills `buffer` with what begins at `position`. Returns how many bytes there were; 0 at the end. */
  readonly read: (buffer: Uint8Array, position: number) => Promise<number>;
  /** All its bytes. */
  readonly bytes: () => Promise<Uint8Array>;
  /** Of all its bytes. */
  readonly digest: () => Promise<Digest>;
}

/** What lies at `path`, a link not followed; `undefined` when nothing does. */
export async function stateOf(path: string): Promise<FileState | undefined> {
  const stats = exactStatsAt(path);
  return stats === undefined ? undefined : stateFrom(stats);
}

/** Opens the regular file at `path`; `undefined` when there is none. */
export async function openFile(path: string): Promise<OpenFile | undefined> {
  const handle = await openRegular(path);
  if (handle === undefined) return undefined;
  return {
    state: async () => stateFrom(await handle.statExactly()),
    read: (buffer, position) => handle.read(buffer, 0, buffer.length, position),
    bytes: () => handle.readAll(),
    digest: () => hashOf(handle),
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

function stateFrom(stats: BigIntStats): FileState {
  return {
    kind: stats.isFile() ? "file" : stats.isDirectory() ? "folder" : "other",
    sizeBytes: Number(stats.size),
    modifiedMs: Number(stats.mtimeNs / 1_000_000n),
    identity: `${stats.dev} ${stats.ino}`,
    stamp: stampOf(stats),
  };
}
