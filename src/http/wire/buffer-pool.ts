/** Size of one receive buffer, in bytes. */
const bufferBytes = 256 * 1024;

/** How many buffers are kept when nobody uses them. */
const keptBuffers = 8;

/** Receive buffers that are used again: memory that stays hot is what makes the wire fast. */
export class BufferPool {
  readonly #free: Buffer[] = [];

  /** A buffer of 256 KiB, its contents undefined. */
  acquire(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(bufferBytes);
  }

  /** Gives a buffer back; nothing may point into it any more. */
  release(buffer: Buffer): void {
    if (this.#free.length < keptBuffers) this.#free.push(buffer);
  }
}
