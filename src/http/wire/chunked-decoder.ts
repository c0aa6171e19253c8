import type { BodyDecoder } from "./body-decoder.ts";
import type { ByteSource } from "./byte-source.ts";
import { parseHeaderField, token } from "./header-field.ts";
import { LineReader } from "./line-reader.ts";
import { CutResponse, MalformedResponse } from "./malformed.ts";

/** What a line with a chunk's size may have, and all extensions of one body together. */
const maxExtensionBytes = 8 * 1024;

/** What the trailer section may have. */
const maxTrailerBytes = 64 * 1024;

/** Fields that must not come after the body they frame. */
const forbiddenTrailers = new Set(["content-length", "transfer-encoding"]);

const sizeLine = new RegExp(
  `^([0-9a-fA-F]{1,13})((?:;${token}(?:=(?:${token}|"[\\t\\x20\\x21\\x23-\\x5b\\x5d-\\x7e]*"))?)*)$`,
);

/** Decodes `Transfer-Encoding: chunked` (RFC 9112 §7.1). Extensions and trailers are checked and ignored. */
export class ChunkedDecoder implements BodyDecoder {
  readonly #lines = new LineReader(maxExtensionBytes);
  #state: "size" | "data" | "data-end" | "trailer" | "end" = "size";
  #left = 0;
  #extensionBytes = 0;

  next(source: ByteSource): Buffer | "more" | "end" {
    for (;;) {
      if (this.#state === "end") return "end";
      if (this.#state === "data") {
        const view = source.view();
        if (view.length === 0) return "more";
        const piece = view.length > this.#left ? view.subarray(0, this.#left) : view;
        this.#left -= piece.length;
        if (this.#left === 0) this.#expect("data-end", 2);
        return piece;
      }
      const line = this.#lines.next(source);
      if (line === undefined) return "more";
      this.#step(line);
    }
  }

  sourceEnded(): void {
    throw new CutResponse("the connection closed before the last chunk");
  }

  #step(line: string): void {
    if (this.#state === "size") this.#startChunk(line);
    else if (this.#state === "data-end") this.#expect("size", maxExtensionBytes);
    else if (line === "") this.#state = "end";
    else checkTrailer(line);
  }

  #startChunk(line: string): void {
    const match = sizeLine.exec(line);
    if (match === null) throw new MalformedResponse("a malformed chunk size");
    const [, size = "", extensions = ""] = match;
    this.#extensionBytes += extensions.length;
    if (this.#extensionBytes > maxExtensionBytes) throw new MalformedResponse("too many chunk extensions");
    this.#left = Number.parseInt(size, 16);
    if (this.#left === 0) this.#expect("trailer", maxTrailerBytes);
    else this.#state = "data";
  }

  #expect(state: "size" | "data-end" | "trailer", maxBytes: number): void {
    this.#state = state;
    this.#lines.allow(maxBytes);
  }
}

function checkTrailer(line: string): void {
  const { name } = parseHeaderField(line);
  if (forbiddenTrailers.has(name)) throw new MalformedResponse(`${name} after the body`);
}
