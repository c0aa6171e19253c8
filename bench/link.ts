import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** What a link is like. */
export interface LinkOptions {
  /** From one end to the other and back, in milliseconds. */
  readonly roundTripMs: number;
  /** Towards the client, of all connections together. */
  readonly bitsPerSecond: number;
}

/** A slow way to a server. Disposing of it closes it. */
export interface Link extends AsyncDisposable {
  /** Origin under which the server is reached over the link. */
  readonly url: string;
}

/** What is sent of one connection before it is the turn of the next. */
const quantumBytes = 16 * 1024;
/** How many such pieces of one connection may wait before its sender is slowed down. */
const queueLength = 32;

/**
 * Puts a slow link in front of a server on loopback: what either side sends arrives half a round trip later, a new
 * connection takes a round trip to open, and all connections share the bandwidth evenly. What clients send takes no
 * bandwidth. There is no loss and no slow start.
 */
export async function openLink(target: URL, { roundTripMs, bitsPerSecond }: LinkOptions): Promise<Link> {
  const up = new Pipe(Infinity, roundTripMs / 2);
  const down = new Pipe(bitsPerSecond / 8 / 1_000, roundTripMs / 2);
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    const port = Number(target.port);
    const upstream = connect({ port, host: target.hostname, noDelay: true, allowHalfOpen: true });
    const close = (): void => void [client.destroy(), upstream.destroy()];
    for (const socket of [client, upstream]) socket.on("close", close).on("error", close);
    down.carry(upstream, client);
    setTimeout(() => up.carry(client, upstream), roundTripMs);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

interface Flow {
  readonly from: Socket;
  readonly to: Socket;
  /** What was read and not sent; null is the end. */
  readonly waiting: (Buffer | null)[];
}

/** Carries many flows at one rate, a little of each in turn, and hands over what was sent a moment later. */
class Pipe {
  readonly #bytesPerMs: number;
  readonly #delayMs: number;
  /** Flows that have something to send, the next one first. */
  readonly #ready: Flow[] = [];
  readonly #sent: { readonly to: Socket; readonly piece: Buffer | null; readonly dueMs: number }[] = [];
  /** When what was taken so far is sent. */
  #freeMs = 0;
  #isSending = false;
  #isDelivering = false;

  constructor(bytesPerMs: number, delayMs: number) {
    this.#bytesPerMs = bytesPerMs;
    this.#delayMs = delayMs;
  }

  carry(from: Socket, to: Socket): void {
    const flow: Flow = { from, to, waiting: [] };
    const add = (...pieces: readonly (Buffer | null)[]): void => {
      if (flow.waiting.length === 0) this.#ready.push(flow);
      flow.waiting.push(...pieces);
      if (flow.waiting.length > queueLength) from.pause();
      void this.#send();
    };
    from.on("data", (bytes: Buffer) => add(...piecesOf(bytes)));
    from.on("end", () => add(null));
  }

  async #send(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    // While something waits, a piece begins where the last one ended: a timer that is late takes off no bandwidth.
    this.#freeMs = Math.max(this.#freeMs, performance.now());
    for (let flow = this.#ready.shift(); flow !== undefined; flow = this.#ready.shift()) {
      const piece = flow.waiting.shift() ?? null;
      if (flow.waiting.length > 0) this.#ready.push(flow);
      if (flow.waiting.length <= queueLength / 2) flow.from.resume();
      this.#freeMs += (piece?.length ?? 0) / this.#bytesPerMs;
      this.#sent.push({ to: flow.to, piece, dueMs: this.#freeMs + this.#delayMs });
      void this.#deliver();
      await until(this.#freeMs);
    }
    this.#isSending = false;
  }

  async #deliver(): Promise<void> {
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    for (let next = this.#sent.shift(); next !== undefined; next = this.#sent.shift()) {
      await until(next.dueMs);
      if (next.piece === null) next.to.end();
      else if (!next.to.destroyed) next.to.write(next.piece);
    }
    this.#isDelivering = false;
  }
}

function piecesOf(bytes: Buffer): readonly Buffer[] {
  const count = Math.ceil(bytes.length / quantumBytes);
  return Array.from({ length: count }, (_, index) =>
    bytes.subarray(index * quantumBytes, (index + 1) * quantumBytes),
  );
}

/** Waits, where it is worth a timer. */
async function until(timeMs: number): Promise<void> {
  const leftMs = timeMs - performance.now();
  if (leftMs >= 1) await sleep(leftMs);
}
