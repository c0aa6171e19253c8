import type { BufferPool } from "./buffer-pool.ts";

/** How many buffers one connection may hold: one is read, one waits, one is filled. */
const maxSegments = 3;

/** Size of a connection's first buffer: enough for many small responses, which never see a large one. */
const firstBytes = 64 * 1024;

/** With less than this part of a buffer left, the next read goes to a new one. */
const minRoom = 1 / 8;

interface Segment {
  readonly buffer: Buffer;
  start: number;
  end: number;
}

/**
 * What a socket delivered and nobody has consumed yet, in a few buffers that are used again. The socket fills the
 * last one while the reader still works on the first; small reads gather in one buffer.
 */
export class Inbox {
  readonly #pool: BufferPool;
  readonly #segments: Segment[] = [];

  constructor(pool: BufferPool) {
    this.#pool = pool;
  }

  /** Where the next bytes go. */
  room(): Buffer {
    const last = this.#last();
    return last.buffer.subarray(last.end);
  }

  /** Says that `length` bytes were put at the start of {@link Inbox.room}. */
  filled(length: number): void {
    const last = this.#last();
    last.end += length;
    if (last.buffer.length - last.end < last.buffer.length * minRoom) this.#grow(this.#pool.acquire());
  }

  /** The first bytes that are here, in one piece: all of them, or those of the first buffer. */
  view(): Buffer {
    const [first] = this.#segments;
    return first === undefined ? Buffer.alloc(0) : first.buffer.subarray(first.start, first.end);
  }

  /** Drops the first `length` bytes of {@link Inbox.view}. */
  consume(length: number): void {
    const [first] = this.#segments;
    if (first === undefined) return;
    first.start += length;
    if (first.start < first.end || this.#segments.length === 1) return;
    this.#segments.shift();
    this.#pool.release(first.buffer);
  }

  /** Whether the socket should wait until something is consumed. */
  get isFull(): boolean {
    return this.#segments.length >= maxSegments;
  }

  /** Gives all buffers back. Neither the socket nor a reader may use them any more. */
  dispose(): void {
    for (const { buffer } of this.#segments.splice(0)) this.#pool.release(buffer);
  }

  #last(): Segment {
    return this.#segments.at(-1) ?? this.#grow(Buffer.allocUnsafeSlow(firstBytes));
  }

  #grow(buffer: Buffer): Segment {
    const segment = { buffer, start: 0, end: 0 };
    this.#segments.push(segment);
    return segment;
  }
}
