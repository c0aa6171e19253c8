/** Size of one receive buffer, in bytes. Measured: with 256 KiB a pull takes a fifth longer. */
const bufferBytes = 1024 * 1024;

/** How many buffers are kept when nobody uses them. */
const keptBuffers = 8;

/** Large receive buffers that are used again: memory that stays hot is what makes the wire fast. */
export class BufferPool {
  readonly #free: Buffer[] = [];

  /** A buffer of 1 MiB, its contents undefined. */
  acquire(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(bufferBytes);
  }

  /** Takes a buffer back, if it is one of these; nothing may point into it any more. */
  release(buffer: Buffer): void {
    if (buffer.length === bufferBytes && this.#free.length < keptBuffers) this.#free.push(buffer);
  }
}
