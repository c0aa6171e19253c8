import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

/** How many files a folder keeps: those of a few versions of Node.js and of this program. */
const maxFiles = 8;

/** What the names of files begin with that are kept here: a folder may hold other things too. */
const ours = /^[0-9a-f]{32}-v/;

/**
 * The bytes of a file that {@link keepPrivate} made; `undefined` where there is none, it is damaged, or anyone but this
 * user may write to it or to its folder.
 */
export function readPrivate(folder: string, name: string): Buffer | undefined {
  return unlessRefused(() => {
    if (!isPrivate(lstatSync(folder))) return undefined;
    const fd = openSync(join(folder, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(fd);
      return stats.isFile() && isPrivate(stats) ? halfOf(readFileSync(fd)) : undefined;
    } finally {
      closeSync(fd);
    }
  });
}

/**
 * Keeps bytes for this user alone, whole or not at all, and makes the folder where there is none. Where the disk refuses,
 * or others may write to the folder, nothing is kept. The files kept longest ago go, when there are many.
 */
export function keepPrivate(folder: string, name: string, bytes: Uint8Array): void {
  unlessRefused(() => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!isPrivate(lstatSync(folder))) return;
    const temporary = join(folder, `${name}.${process.pid}.${process.hrtime.bigint()}`);
    try {
      writeTwice(temporary, bytes);
      renameSync(temporary, join(folder, name));
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
    const files = readdirSync(folder).filter((file) => ours.test(file));
    const times = new Map(files.map((file) => [file, statSync(join(folder, file)).mtimeMs]));
    const newestFirst = files.toSorted((a, b) => (times.get(b) ?? 0) - (times.get(a) ?? 0));
    for (const file of newestFirst.slice(maxFiles)) rmSync(join(folder, file), { force: true });
  });
}

/** Twice, and compared when they are read: the one check of so many bytes that takes no time to speak of. */
function writeTwice(path: string, bytes: Uint8Array): void {
  const fd = openSync(path, "wx", 0o600);
  try {
    writeFileSync(fd, Buffer.concat([bytes, bytes]));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function halfOf(bytes: Buffer): Buffer | undefined {
  const half = bytes.subarray(0, bytes.length / 2);
  return half.equals(bytes.subarray(half.length)) ? half : undefined;
}

/** Whether something belongs to this user, and nobody else may write to it. */
function isPrivate({ uid, mode }: Stats): boolean {
  return uid === process.geteuid?.() && (mode & 0o022) === 0;
}

function unlessRefused<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    // Whatever the system says of the file: nobody asked for it.
    if (error instanceof Error && "syscall" in error) return undefined;
    throw error;
  }
}
