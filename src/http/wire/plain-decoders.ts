import type { BodyDecoder } from "./body-decoder.ts";
import type { ByteSource } from "./byte-source.ts";
import { CutResponse } from "./malformed.ts";

/** Decodes a body that is as long as Content-Length says. */
export class LengthDecoder implements BodyDecoder {
  readonly #length: number;
  #left: number;

  constructor(length: number) {
    this.#length = length;
    this.#left = length;
  }

  next(source: ByteSource): Buffer | "more" | "end" {
    if (this.#left === 0) return "end";
    const view = source.view();
    if (view.length === 0) return "more";
    const piece = view.length > this.#left ? view.subarray(0, this.#left) : view;
    this.#left -= piece.length;
    return piece;
  }

  sourceEnded(): void {
    const arrived = this.#length - this.#left;
    throw new CutResponse(`the connection closed after ${arrived} of ${this.#length} bytes`);
  }
}

/** Decodes a body that ends with the connection. */
export class CloseDecoder implements BodyDecoder {
  #ended = false;

  next(source: ByteSource): Buffer | "more" | "end" {
    const view = source.view();
    if (view.length > 0) return view;
    return this.#ended ? "end" : "more";
  }

  sourceEnded(): void {
    this.#ended = true;
  }
}
