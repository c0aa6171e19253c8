import { throwIfAborted } from "../../core/index.ts";
import type { HttpBody } from "../http.ts";
import type { BodyDecoder } from "./body-decoder.ts";
import type { ByteSource } from "./byte-source.ts";
import { ChunkedDecoder } from "./chunked-decoder.ts";
import { CloseDecoder, LengthDecoder } from "./plain-decoders.ts";
import type { Framing } from "./response-head.ts";

/** What a {@link WireBody} reads, and whom it tells about its end. */
export interface WireBodyOptions {
  readonly source: ByteSource;
  readonly framing: Framing;
  readonly signal: AbortSignal | undefined;
  /** Called once: the body was read to its end (`isWhole`), or will not be. */
  readonly onEnd: (isWhole: boolean) => void;
  /** Makes what a reader sees out of whatever went wrong. */
  readonly failure: (error: unknown) => unknown;
}

/** The body of one response, decoded in the memory that the socket filled. */
export class WireBody implements HttpBody, AsyncIterator<Uint8Array, undefined> {
  readonly length: number | undefined;
  readonly delimited: boolean;
  readonly #options: WireBodyOptions;
  readonly #decoder: BodyDecoder;
  #lent = 0;
  #hasEnded = false;
  #failure: unknown;

  constructor(options: WireBodyOptions) {
    const { framing } = options;
    this.#options = options;
    this.#decoder = decoderFor(framing);
    this.length = framing.kind === "length" ? framing.bytes : undefined;
    this.delimited = framing.kind !== "close";
    if (this.length === 0) this.#end(true);
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#hasEnded) return { done: true, value: undefined };
    try {
      throwIfAborted(this.#options.signal);
      return await this.#read();
    } catch (error) {
      this.#failure ??= this.#options.failure(error);
      this.#end(false);
      throw this.#failure;
    }
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.discard();
    return { done: true, value: undefined };
  }

  /**
   * Gives the rest up. A short body that nobody has looked at costs no connection: what has arrived is passed over. Once
   * a chunk was lent this is not done, because its reader may still be writing it somewhere.
   */
  discard(): void {
    if (this.#hasEnded) return;
    this.#failure = new TypeError("the body of this response was given up");
    this.#end(this.#lent === 0 && this.#hasArrived());
  }

  #hasArrived(): boolean {
    try {
      for (;;) {
        const piece = this.#advance();
        if (typeof piece === "string") return piece === "end";
      }
    } catch {
      return false;
    }
  }

  async #read(): Promise<IteratorResult<Uint8Array, undefined>> {
    for (;;) {
      const piece = this.#advance();
      if (typeof piece === "object") return { done: false, value: piece };
      if (piece === "end") {
        this.#end(true);
        return { done: true, value: undefined };
      }
      if (!(await this.#options.source.more())) this.#decoder.sourceEnded();
    }
  }

  #advance(): Buffer | "more" | "end" {
    this.#options.source.consume(this.#lent);
    this.#lent = 0;
    const piece = this.#decoder.next(this.#options.source);
    if (typeof piece === "object") this.#lent = piece.length;
    return piece;
  }

  #end(isWhole: boolean): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#options.onEnd(isWhole);
  }
}

function decoderFor(framing: Framing): BodyDecoder {
  if (framing.kind === "chunked") return new ChunkedDecoder();
  return framing.kind === "length" ? new LengthDecoder(framing.bytes) : new CloseDecoder();
}
