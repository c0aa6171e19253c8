import type { Socket } from "node:net";
import { abortedError } from "../../core/index.ts";
import { brokenConnection, timedOut } from "../failure.ts";
import type { HttpRequest, HttpTimeouts } from "../http.ts";
import type { BufferPool } from "./buffer-pool.ts";
import type { ByteSource } from "./byte-source.ts";
import type { Dialer } from "./dialer.ts";
import { Inbox } from "./inbox.ts";
import { Watchdog } from "./watchdog.ts";

/** A request's body goes to the socket in pieces of this size, so that a stalled upload is noticed. */
const uploadBytes = 64 * 1024;

/** What the connections of one client share. */
export interface ConnectionOptions {
  readonly dialer: Dialer;
  readonly buffers: BufferPool;
  readonly timeouts: HttpTimeouts;
}

/**
 * One socket, for one request at a time: `open` or `begin`, `write`, then its bytes as a {@link ByteSource}, then
 * `rest`, `retire` or `destroy`. Whatever goes wrong reaches who waits, as an error about the request under way.
 */
export class Connection implements ByteSource {
  readonly #options: ConnectionOptions;
  readonly #inbox: Inbox;
  readonly #watchdog = new Watchdog();
  #request: HttpRequest;
  #socket: Socket | undefined;
  #wake: (() => void) | undefined;
  #onDisturbed: (() => void) | undefined;
  #failure: Error | undefined;
  #isReady = false;
  #isFlushed = true;
  #isPaused = false;
  #hasEnded = false;
  #received = 0;
  #windowBytes = 0;

  private constructor(options: ConnectionOptions, request: HttpRequest) {
    this.#options = options;
    this.#inbox = new Inbox(options.buffers);
    this.#request = request;
  }

  /**
   * Connects to the origin of `request`, which is the first one under way.
   * @throws {DistError} NETWORK, TIMEOUT, ABORTED
   */
  static async open(options: ConnectionOptions, request: HttpRequest): Promise<Connection> {
    const connection = new Connection(options, request);
    connection.begin(request);
    try {
      await connection.#connect(request.url);
    } catch (error) {
      connection.destroy();
      throw error;
    }
    return connection;
  }

  /** Takes the connection into use for `request`. */
  begin(request: HttpRequest): void {
    this.#request = request;
    this.#received = 0;
    this.#onDisturbed = undefined;
    this.#socket?.ref();
    request.signal?.addEventListener("abort", this.#onAbort);
  }

  /** Whether the server has sent nothing yet in answer to the request under way. */
  get isUnanswered(): boolean {
    return this.#received === 0;
  }

  /** Whether another request can be sent once the response is whole. */
  get isReusable(): boolean {
    const isSound = this.#failure === undefined && !this.#hasEnded && this.#isFlushed;
    return isSound && this.#inbox.view().length === 0;
  }

  /**
   * Sends a request. A body that the server answers before it has all of it is not sent to its end.
   * @throws {DistError} NETWORK, TIMEOUT, ABORTED
   */
  async write(head: string, body: Uint8Array | undefined): Promise<void> {
    this.#socket?.write(head, "latin1");
    if (body !== undefined) await this.#upload(body);
    this.#watch("headers", this.#options.timeouts.headersMs);
  }

  /** Says that the head has been read and the rest is a body. */
  startBody(): void {
    this.#watch("body", this.#options.timeouts.stallMs);
  }

  view(): Buffer {
    return this.#inbox.view();
  }

  consume(length: number): void {
    this.#inbox.consume(length);
    if (!this.#isPaused || this.#inbox.isFull) return;
    this.#isPaused = false;
    this.#socket?.resume();
  }

  async more(): Promise<boolean> {
    const before = this.#received;
    while (this.#received === before) {
      if (this.#failure === undefined && this.#hasEnded) return false;
      await this.#change();
    }
    return true;
  }

  /** Keeps the connection without holding up the process. `onDisturbed`: it can no longer be used. */
  rest(onDisturbed: () => void): void {
    this.#detach();
    this.#socket?.unref();
    this.#onDisturbed = onDisturbed;
  }

  /** Closes the connection, and uses its memory again: nothing of it is lent any more. */
  retire(): void {
    this.destroy();
    this.#inbox.dispose();
  }

  /** Closes the connection, and leaves its memory to whoever still reads in it. */
  destroy(): void {
    this.#detach();
    this.#socket?.destroy();
  }

  readonly #onAbort = (): void => this.#fail(abortedError(this.#request.signal));

  async #connect(url: URL): Promise<void> {
    this.#watch("connect", this.#options.timeouts.connectMs);
    const { socket, readyEvent } = await this.#options.dialer.dial(url, {
      buffer: () => this.#inbox.room(),
      callback: (length) => this.#take(length),
    });
    this.#socket = socket;
    socket.once(readyEvent, () => {
      this.#isReady = true;
      this.#changed();
    });
    socket.on("error", (error) => this.#fail(brokenConnection(this.#request, error)));
    socket.on("end", () => {
      this.#hasEnded = true;
      this.#changed();
    });
    while (!this.#isReady) await this.#change();
  }

  async #upload(body: Uint8Array): Promise<void> {
    this.#watch("body", this.#options.timeouts.stallMs);
    for (let start = 0; start < body.length; start += uploadBytes) {
      this.#isFlushed = false;
      this.#socket?.write(body.subarray(start, start + uploadBytes), () => {
        this.#isFlushed = true;
        this.#watchdog.refill();
        this.#changed();
      });
      while (!this.#isFlushed && this.isUnanswered && !this.#hasEnded) await this.#change();
      if (!this.#isFlushed) return;
    }
  }

  #take(length: number): boolean {
    this.#inbox.filled(length);
    this.#received += length;
    this.#windowBytes += length;
    if (this.#windowBytes >= this.#options.timeouts.stallBytes) {
      this.#windowBytes = 0;
      this.#watchdog.refill();
    }
    this.#isPaused = this.#inbox.isFull;
    this.#changed();
    return !this.#isPaused;
  }

  #watch(phase: "connect" | "headers" | "body", ms: number): void {
    this.#windowBytes = 0;
    const isWaiting = () => this.#wake !== undefined;
    this.#watchdog.watch(ms, isWaiting, () => this.#fail(timedOut(this.#request, phase)));
  }

  /** Waits until anything happened. */
  async #change(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  #changed(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
    this.#onDisturbed?.();
  }

  #fail(failure: Error): void {
    this.#failure ??= failure;
    this.#socket?.destroy();
    this.#changed();
  }

  #detach(): void {
    this.#watchdog.stop();
    this.#request.signal?.removeEventListener("abort", this.#onAbort);
  }
}
