import type { ByteSource } from "./byte-source.ts";
import { MalformedResponse } from "./malformed.ts";

const lineFeed = 0x0a;

/** Reads lines that end with CRLF, and nothing else, within a budget of bytes. */
export class LineReader {
  #carry = "";
  #budget: number;

  /** `maxBytes` is what all lines together may have, line ends included. */
  constructor(maxBytes: number) {
    this.#budget = maxBytes;
  }

  /** Starts a new budget. */
  allow(maxBytes: number): void {
    this.#budget = maxBytes;
  }

  /**
   * The next line without its end, as Latin-1; `undefined` when it is not complete yet.
   * @throws {MalformedResponse} over the budget, or a line that ends otherwise
   */
  next(source: ByteSource): string | undefined {
    for (;;) {
      const view = source.view();
      if (view.length === 0) return undefined;
      const end = view.indexOf(lineFeed);
      const taken = end < 0 ? view.length : end + 1;
      this.#budget -= taken;
      if (this.#budget < 0) throw new MalformedResponse("more header bytes than are allowed");
      const line = this.#carry + view.toString("latin1", 0, taken);
      source.consume(taken);
      if (end >= 0) {
        this.#carry = "";
        return withoutLineEnd(line);
      }
      this.#carry = line;
    }
  }
}

function withoutLineEnd(line: string): string {
  if (!line.endsWith("\r\n") || line.indexOf("\r") < line.length - 2) {
    throw new MalformedResponse("a line that does not end with CRLF");
  }
  return line.slice(0, -2);
}
