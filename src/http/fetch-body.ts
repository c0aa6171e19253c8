import type { HttpBody } from "./http.ts";

/** What a {@link FetchBody} reads. */
export interface FetchBodyOptions {
  readonly stream: ReadableStream<Uint8Array> | null;
  readonly length: number | undefined;
  readonly delimited: boolean;
  /** The error of a body that is longer than was said. */
  readonly malformed: (reason: string) => Error;
  /** The error of one that is shorter. */
  readonly cut: (reason: string) => Error;
  /** Makes what a reader sees out of whatever went wrong. */
  readonly failure: (error: unknown) => unknown;
}

/** The body of a `fetch` response, with its length checked: some let a body end early without a word. */
export class FetchBody implements HttpBody, AsyncIterator<Uint8Array, undefined> {
  readonly length: number | undefined;
  readonly delimited: boolean;
  readonly #options: FetchBodyOptions;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #received = 0;
  #hasEnded = false;
  #failure: unknown;

  constructor(options: FetchBodyOptions) {
    this.#options = options;
    this.length = options.length;
    this.delimited = options.delimited;
    this.#reader = options.stream?.getReader();
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#hasEnded) return { done: true, value: undefined };
    try {
      const value = await this.#read();
      return value === undefined ? { done: true, value } : { done: false, value };
    } catch (error) {
      this.#failure ??= this.#options.failure(error);
      this.discard();
      throw this.#failure;
    }
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.discard();
    return { done: true, value: undefined };
  }

  /** Gives the rest up. */
  discard(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#failure ??= new TypeError("the body of this response was given up");
    this.#reader?.cancel().catch(() => undefined);
  }

  async #read(): Promise<Uint8Array | undefined> {
    const { malformed, cut } = this.#options;
    const { value } = (await this.#reader?.read()) ?? {};
    if (this.#failure !== undefined) throw this.#failure;
    this.#received += value?.length ?? 0;
    if (this.length !== undefined && this.#received > this.length) {
      throw malformed(`it is longer than the ${this.length} bytes it announced`);
    }
    if (value !== undefined) return value;
    if (this.length !== undefined && this.#received < this.length) {
      throw cut(`the connection closed after ${this.#received} of ${this.length} bytes`);
    }
    this.#hasEnded = true;
    return undefined;
  }
}
