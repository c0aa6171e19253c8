import { abortedError, throwIfAborted } from "../core/index.ts";
import type { Http, HttpBody, HttpResponse } from "./http.ts";

/**
 * `http`, with at most `perHost` exchanges with one origin at a time; the next waits for its turn, in order. An exchange
 * lasts until its body was read to the end or given up.
 */
export function withHostLimit(http: Http, perHost: number): Http {
  const gates = new Map<string, Gate>();
  return {
    async send(request) {
      const { origin } = request.url;
      const gate = gates.get(origin) ?? new Gate(perHost);
      gates.set(origin, gate);
      await gate.enter(request.signal);
      const leave = gate.exit();
      try {
        const response = await http.send(request);
        return watched(response, leave);
      } catch (error) {
        leave();
        throw error;
      }
    },
    close: () => http.close(),
  };
}

/** Lets a number of callers in at a time. */
class Gate {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(places: number) {
    this.#free = places;
  }

  /** @throws {DistError} ABORTED */
  async enter(signal: AbortSignal | undefined): Promise<void> {
    throwIfAborted(signal);
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const proceed = (): void => {
        signal?.removeEventListener("abort", giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.#waiting.delete(proceed);
        reject(abortedError(signal));
      };
      this.#waiting.add(proceed);
      signal?.addEventListener("abort", giveUp, { once: true });
    });
  }

  /** The way out of whoever is in; only its first call counts. */
  exit(): () => void {
    let isIn = true;
    return () => {
      if (!isIn) return;
      isIn = false;
      const [next] = this.#waiting;
      if (next === undefined) {
        this.#free += 1;
      } else {
        this.#waiting.delete(next);
        next();
      }
    };
  }
}

function watched(response: HttpResponse, leave: () => void): HttpResponse {
  const { status, header, body, discard } = response;
  if (body.length === 0) leave();
  return {
    status,
    header,
    body: watchedBody(body, leave),
    discard: () => {
      discard();
      leave();
    },
  };
}

function watchedBody(body: HttpBody, leave: () => void): HttpBody {
  return {
    length: body.length,
    delimited: body.delimited,
    [Symbol.asyncIterator]() {
      const chunks = body[Symbol.asyncIterator]();
      return {
        async next() {
          try {
            const result = await chunks.next();
            if (result.done === true) leave();
            return result;
          } catch (error) {
            leave();
            throw error;
          }
        },
        async return() {
          leave();
          return (await chunks.return?.()) ?? { done: true, value: undefined };
        },
      };
    },
  };
}
