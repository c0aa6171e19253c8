import { isDistError } from "../../core/index.ts";
import {
  afterAttempts,
  isTransientError,
  type PartialBytes,
  type RestOf,
  type Retrier,
} from "../../http/index.ts";
import { startOver } from "../../verify/index.ts";

/** What {@link ResumedBytes} reads, and how patiently. */
export interface ResumedBytesOptions {
  /** Asks for all bytes, or for the rest of them; what comes says where it begins. */
  readonly open: (signal: AbortSignal | undefined, rest?: RestOf) => Promise<PartialBytes>;
  /** How many bytes there are in all, where that is known. */
  readonly size: number | undefined;
  /** Whether the rest may be asked for; else an interruption starts over. */
  readonly mayPatch: boolean;
  readonly retrier: () => Promise<Retrier>;
  readonly signal: AbortSignal | undefined;
}

/**
 * With how many bytes a connection has done something, or with half of what is left: then attempts are counted anew, and
 * what stalls is asked for again. Less could be a server that drips for ever.
 */
const progressBytes = 64 * 1024;

/**
 * Bytes that are asked for again, from where they broke off, when a connection breaks or stalls. Where the rest cannot
 * be had, `startOver` comes in place of a chunk, and then the whole from its beginning. To be iterated once.
 * @throws {DistError} what `open` throws; NETWORK and TIMEOUT when all attempts failed; ABORTED
 */
export class ResumedBytes implements AsyncIterable<Uint8Array | typeof startOver> {
  readonly #options: ResumedBytesOptions;
  #opened: PartialBytes;
  #isPatched: boolean;

  /** @param first the bytes as they were opened first, which need not be from the beginning */
  constructor(first: PartialBytes, options: ResumedBytesOptions) {
    this.#options = options;
    this.#opened = first;
    this.#isPatched = (first.start ?? 0) > 0;
  }

  /** Whether the bytes since the last `startOver` are of several answers: then only a digest says that they fit together. */
  get isPatched(): boolean {
    return this.#isPatched;
  }

  /** Refuses bytes that came in one piece and were not the right ones. Whether there are others to ask for. */
  refuse(): boolean {
    const { refuse } = this.#opened;
    if (this.#isPatched || refuse === undefined) return false;
    refuse();
    return true;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array | typeof startOver, void> {
    let offset = this.#opened.start ?? 0;
    let furthest = offset;
    for (let attempt = 1; ; attempt++) {
      let received = 0;
      try {
        for await (const chunk of this.#opened) {
          received += chunk.length;
          yield chunk;
        }
        return;
      } catch (error) {
        // What starts over and comes no further than before is none.
        const gained = offset + received - furthest;
        const isProgress = gained > 0 && gained >= Math.min(progressBytes, this.#leftAt(furthest) / 2);
        furthest = Math.max(furthest, offset + received);
        if (isProgress) {
          attempt = 1;
          (await this.#options.retrier()).worked();
        }
        if (!(await this.#mayGoOn(error, attempt, isProgress))) throw afterAttempts(error, attempt);
      }
      offset += received;
      if (await this.#reopen(offset)) continue;
      offset = 0;
      yield startOver;
    }
  }

  async #mayGoOn(error: unknown, attempt: number, isProgress: boolean): Promise<boolean> {
    const { retrier, signal } = this.#options;
    if (!isTransientError(error, { method: "GET" })) return false;
    if (!isDistError(error, "NETWORK") && !isDistError(error, "TIMEOUT")) return false;
    if (error.code === "TIMEOUT" && !isProgress) return false;
    const { message, details } = error;
    const { url = "" } = details;
    if (!URL.canParse(url)) return false;
    return (await retrier()).again({ attempt, url: new URL(url), reason: message, signal });
  }

  #leftAt(offset: number): number {
    return (this.#options.size ?? Infinity) - offset;
  }

  /** Asks again. Whether what comes is the rest, and not the whole. */
  async #reopen(offset: number): Promise<boolean> {
    const { open, size, mayPatch, signal } = this.#options;
    const { etag } = this.#opened;
    const rest = mayPatch && offset > 0 ? { offset, size, etag } : undefined;
    this.#opened = await open(signal, rest);
    const isRest = rest !== undefined && this.#opened.start === offset;
    this.#isPatched = isRest;
    return isRest || offset === 0;
  }
}
