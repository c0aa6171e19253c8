import type { Socket } from "node:net";
import { abortedError } from "../../core/index.ts";
import { timedOut } from "../failure.ts";
import type { HttpRequest, HttpTimeouts } from "../http.ts";
import type { Proxy } from "../proxy.ts";
import type { BufferPool } from "./buffer-pool.ts";
import type { ByteSource } from "./byte-source.ts";
import { dialedFailure } from "./dialed-failure.ts";
import type { Dialed, Dialer } from "./dialer.ts";
import { Inbox } from "./inbox.ts";
import { sendBody } from "./send-body.ts";
import { printConnect, receiveTunnel } from "./tunnel.ts";
import { Watchdog } from "./watchdog.ts";

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
  #dialed: Dialed | undefined;
  #wake: (() => void) | undefined;
  #onDisturbed: (() => void) | undefined;
  #failure: Error | undefined;
  #isReady = false;
  #isAnswered = false;
  #isPaused = false;
  #hasEnded = false;
  #isSending = false;
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
    this.#isAnswered = false;
    this.#onDisturbed = undefined;
    this.#socket?.ref();
    request.signal?.addEventListener("abort", this.#onAbort);
  }

  /** Whether the server has sent nothing yet in answer to the request under way. */
  get isUnanswered(): boolean {
    return this.#received === 0;
  }

  /** The proxy that requests are written to, when they are not written to the server itself. */
  get proxy(): Proxy | undefined {
    return this.#dialed?.proxy;
  }

  /** Whether another request can be sent once the response is whole. */
  get isReusable(): boolean {
    const isSound = this.#failure === undefined && !this.#hasEnded && !this.#isSending;
    return isSound && this.#inbox.view().length === 0;
  }

  /** Starts to send a request. A body goes out while the response is read: not every server waits for all of it. */
  write(head: string, body: HttpRequest["body"]): void {
    const socket = this.#socket;
    socket?.write(head, "latin1");
    if (socket === undefined || body === undefined) this.#watch(this.#isAnswered ? "body" : "headers");
    else void this.#send(socket, body);
  }

  /** Says that the head has been read and the rest is a body. */
  startBody(): void {
    this.#isAnswered = true;
    this.#watch("body");
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
      if (this.#hasEnded) return false;
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
    this.#onDisturbed = undefined;
    this.#fail(new Error("closed on this side"));
  }

  readonly #onAbort = (): void => this.#fail(abortedError(this.#request.signal));

  async #connect(url: URL): Promise<void> {
    this.#watch("connect");
    const dialed = await this.#options.dialer.dial(url, {
      buffer: () => this.#inbox.room(),
      callback: (length) => this.#take(length),
    });
    await this.#ready(dialed);
    if (dialed.tunnel === undefined) return;
    const { proxy, enter } = dialed.tunnel;
    dialed.socket.write(printConnect(url, proxy), "latin1");
    await receiveTunnel(this, this.#request, proxy);
    await this.#ready(await enter());
  }

  /** Takes a socket for the one of this connection, and waits until it can be used. */
  async #ready(dialed: Dialed): Promise<void> {
    const { socket, readyEvent } = dialed;
    this.#isReady = false;
    this.#dialed = dialed;
    this.#socket = socket;
    // Aborted, or timed out, while the socket was being made.
    if (this.#failure !== undefined) socket.destroy();
    socket.once(readyEvent, () => {
      this.#isReady = true;
      this.#changed();
    });
    // Once there is a socket inside this one, what happens to both is told by the inner one.
    const broke = (error: Error): void => {
      if (this.#socket === socket) this.#fail(dialedFailure(this.#request, error, dialed));
    };
    socket.on("error", broke).on("end", () => {
      // What was given up on this side was not ended by the other one, whatever the socket says of it.
      if (this.#socket !== socket || this.#failure !== undefined) return;
      this.#hasEnded = true;
      this.#changed();
    });
    socket.on("close", () => broke(new Error("it was closed")));
    while (!this.#isReady) await this.#change();
  }

  async #send(socket: Socket, body: NonNullable<HttpRequest["body"]>): Promise<void> {
    this.#isSending = true;
    // How long the next piece takes to come is for its source to judge.
    const watch = { begin: () => this.#watch("body"), end: () => this.#watchdog.stop() };
    try {
      if (!(await sendBody(socket, body, watch))) return;
      this.#isSending = false;
      this.#watch(this.#isAnswered ? "body" : "headers");
    } catch (error) {
      this.#fail(error instanceof Error ? error : new TypeError("a request's body failed"));
    }
  }

  #take(length: number): boolean {
    this.#inbox.filled(length);
    this.#received += length;
    this.#windowBytes += length;
    if (this.#isAnswered && this.#windowBytes >= this.#options.timeouts.stallBytes) {
      this.#windowBytes = 0;
      this.#watchdog.refill();
    }
    this.#isPaused = this.#inbox.isFull;
    this.#changed();
    return !this.#isPaused;
  }

  #watch(phase: "connect" | "headers" | "body"): void {
    const { connectMs, headersMs, stallMs } = this.#options.timeouts;
    const answerMs = Math.max(headersMs, this.#request.answerMs ?? 0);
    const ms = { connect: connectMs, headers: answerMs, body: stallMs }[phase];
    this.#windowBytes = 0;
    const isWaiting = () => this.#wake !== undefined;
    this.#watchdog.watch(ms, isWaiting, () =>
      this.#fail(timedOut(this.#request, phase, { peer: this.#dialed?.peer })),
    );
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
