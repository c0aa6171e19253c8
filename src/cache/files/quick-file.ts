import {
  type BigIntStats,
  closeSync,
  fchmodSync,
  fdatasync,
  fstatSync,
  fsync,
  ftruncateSync,
  openSync,
  read,
  readSync,
  type Stats,
  write,
  writeSync,
} from "node:fs";

/** Up to how many bytes are copied at once: that takes less time than to have another thread do it. */
const quickBytes = 64 * 1024;

/** Up to how many bytes one call reads: more than 2 GiB Node does not take. */
const maxReadBytes = 1024 * 1024 * 1024;

/**
 * An open file, as `node:fs/promises` has them, except that what takes microseconds is done at once (see `quick-fs.ts`).
 * Many bytes are moved, and the disk is waited for, on another thread. Whoever opens it closes it.
 */
export class QuickFile implements AsyncDisposable {
  /** `undefined` once it is closed: the number may be another file's by then. */
  #open: number | undefined;
  /** What is done on another thread. */
  readonly #underWay = new Set<Promise<unknown>>();

  private constructor(fd: number) {
    this.#open = fd;
  }

  /** @param flags as for open(2), or as Node's `wx` */
  static async open(path: string, flags: string | number, mode?: number): Promise<QuickFile> {
    return new QuickFile(openSync(path, flags, mode));
  }

  async stat(): Promise<Stats> {
    return fstatSync(this.#fd);
  }

  /** The same, exactly: a `number` does not hold all nanoseconds. */
  async statExactly(): Promise<BigIntStats> {
    return fstatSync(this.#fd, { bigint: true });
  }

  /** Puts up to `length` bytes into `buffer`. Returns how many there were; 0 at the end. */
  async read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<number> {
    if (length <= quickBytes) return readSync(this.#fd, buffer, offset, length, position);
    const most = Math.min(length, maxReadBytes);
    return this.#later((done) => read(this.#fd, buffer, offset, most, position, done));
  }

  /** All its bytes. */
  async readAll(): Promise<Buffer> {
    const { size } = await this.stat();
    const bytes = Buffer.allocUnsafe(size);
    for (let length = 0; length < size;) {
      const count = await this.read(bytes, length, size - length, length);
      if (count === 0) return bytes.subarray(0, length);
      length += count;
    }
    return bytes;
  }

  /** Writes all of `bytes`. */
  async write(bytes: Uint8Array, position: number): Promise<void> {
    for (let offset = 0; offset < bytes.length;) {
      const length = bytes.length - offset;
      offset +=
        length <= quickBytes
          ? writeSync(this.#fd, bytes, offset, length, position + offset)
          : await this.#later<number>((done) =>
              write(this.#fd, bytes, offset, length, position + offset, done),
            );
    }
  }

  async chmod(mode: number): Promise<void> {
    fchmodSync(this.#fd, mode);
  }

  async truncate(): Promise<void> {
    ftruncateSync(this.#fd);
  }

  /** Waits until the bytes are on the disk, and what is needed to find them. */
  async datasync(): Promise<void> {
    await this.#later<undefined>((done) => fdatasync(this.#fd, (error) => done(error, undefined)));
  }

  /** Waits until everything is on the disk. */
  async sync(): Promise<void> {
    await this.#later<undefined>((done) => fsync(this.#fd, (error) => done(error, undefined)));
  }

  /** Closes it when nothing is under way any more; nothing new can begin. May be called more than once. */
  async close(): Promise<void> {
    const fd = this.#open;
    if (fd === undefined) return;
    this.#open = undefined;
    await Promise.allSettled(this.#underWay);
    closeSync(fd);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #fd(): number {
    if (this.#open === undefined) throw Object.assign(new Error("the file is closed"), { code: "EBADF" });
    return this.#open;
  }

  async #later<T>(start: (done: (error: Error | null, result: T) => void) => void): Promise<T> {
    const work = new Promise<T>((resolve, reject) => {
      start((error, result) => (error ? reject(error) : resolve(result)));
    });
    this.#underWay.add(work);
    try {
      return await work;
    } finally {
      this.#underWay.delete(work);
    }
  }
}
