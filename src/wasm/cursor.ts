import { DistError } from "../core/index.ts";

/** The limit of wasm-tools and Wasmtime. */
const maxNameBytes = 100_000;

/**
 * Reads the values of the WebAssembly binary format one after the other (core specification 3.0, "Values"). Every
 * method throws UNUSABLE_ARTIFACT when there is no such value, or not all of it.
 */
export class Cursor {
  readonly #bytes: Uint8Array;
  readonly #start: number;
  #offset = 0;

  /** @param start where in the file `bytes` lie, for messages */
  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#start = start;
  }

  /** Where in the file the next value begins. */
  get position(): number {
    return this.#start + this.#offset;
  }

  get isAtEnd(): boolean {
    return this.#offset >= this.#bytes.length;
  }

  byte(): number {
    const byte = this.#bytes[this.#offset];
    if (byte === undefined) throw this.malformed("expected another byte, got the end");
    this.#offset++;
    return byte;
  }

  u32(): number {
    return this.unsigned(32);
  }

  /** An unsigned LEB128 number of at most `bits` bits; over 2^53 it is not exact. */
  unsigned(bits: number): number {
    let value = 0;
    for (let shift = 0; shift < bits; shift += 7) {
      const byte = this.byte();
      const payload = byte & 0x7f;
      if (payload >= 2 ** (bits - shift)) break;
      value += payload * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw this.malformed(`expected a number of at most ${bits} bits, got a larger one`);
  }

  name(): string {
    const length = this.u32();
    if (length > maxNameBytes)
      throw this.malformed(`expected a name of at most ${maxNameBytes} bytes, got ${length}`);
    const end = this.#offset + length;
    if (end > this.#bytes.length) throw this.malformed(`expected a name of ${length} bytes, got the end`);
    const text = utf8Text(this.#bytes.subarray(this.#offset, end));
    if (text === undefined) throw this.malformed("expected a name in UTF-8, got other bytes");
    this.#offset = end;
    return text;
  }

  /** The error for something at this place that the format does not allow. */
  malformed(why: string): DistError<"UNUSABLE_ARTIFACT"> {
    const message = `the WebAssembly binary is malformed at byte ${this.position}: ${why}`;
    return new DistError("UNUSABLE_ARTIFACT", message, {});
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
