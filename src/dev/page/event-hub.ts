import { randomUUID } from "node:crypto";
import { errorResponse } from "../registry/json-response.ts";

/** How much an {@link EventHub} does at most. */
export interface EventHubOptions {
  /** Who comes then is told to come later. */
  readonly maxListeners: number;
  /** How many events are kept for those who connect again. */
  readonly maxReplayed: number;
  /** How often listeners get something, so that nobody takes silence for a broken connection. In milliseconds. */
  readonly heartbeatMs: number;
}

/** Tells listeners what happens, as server-sent events (HTML, "Server-sent events"). */
export interface EventHub extends Disposable {
  /** The id of what was told last. */
  readonly lastId: () => string;
  /** @param data any text; its lines are sent as lines */
  readonly publish: (event: string, data: string) => void;
  /**
   * A response that never ends of itself and begins with what came after the event `lastSeen`. Where that is not known
   * any more, it begins with an event `change`, and everything that is kept. Cancelling its body ends it.
   */
  readonly respond: (lastSeen: string | undefined) => Response;
}

type Listener = ReadableStreamDefaultController<Uint8Array>;

/** What a listener that does not read may leave waiting, in frames. */
const maxWaiting = 256;

/** An {@link EventHub} that has told nothing. */
export function createEventHub({ maxListeners, maxReplayed, heartbeatMs }: EventHubOptions): EventHub {
  // Ids of another run of the server must not look like those of this one.
  const run = randomUUID().slice(0, 8);
  const encoder = new TextEncoder();
  const listeners = new Set<Listener>();
  const kept: { readonly id: string; readonly frame: string }[] = [];
  let count = 0;

  const idOf = (number: number): string => `${run}.${number}`;
  const end = (listener: Listener): void => {
    if (listeners.delete(listener)) listener.close();
  };
  // Who cannot keep up is let go: it comes back, and hears then what it missed.
  const send = (listener: Listener, frame: string): void => {
    if ((listener.desiredSize ?? 0) > 0) listener.enqueue(encoder.encode(frame));
    else end(listener);
  };
  const after = (lastSeen: string | undefined): string => {
    const at = kept.findIndex(({ id }) => id === lastSeen);
    const missed = kept.slice(at + 1).map(({ frame }) => frame);
    const isKnown = at >= 0 || lastSeen === idOf(count);
    return [...missed, ...(isKnown ? [] : [frameOf(idOf(count), "change", "")])].join("");
  };
  const heartbeat = setInterval(() => {
    for (const listener of listeners) send(listener, ":\n\n");
  }, heartbeatMs).unref();

  return {
    lastId: () => idOf(count),
    publish(event, data) {
      count += 1;
      const frame = frameOf(idOf(count), event, data);
      kept.push({ id: idOf(count), frame });
      if (kept.length > maxReplayed) kept.shift();
      for (const listener of listeners) send(listener, frame);
    },
    respond(lastSeen) {
      if (listeners.size >= maxListeners) {
        const headers = { "retry-after": "30" };
        return errorResponse(503, "TOOMANYREQUESTS", `${maxListeners} others are listening`, headers);
      }
      let own: Listener | undefined;
      const body = new ReadableStream<Uint8Array>(
        {
          start(listener) {
            own = listener;
            listeners.add(listener);
            send(listener, `retry: 1000\n\n${after(lastSeen)}`);
          },
          cancel() {
            if (own !== undefined) listeners.delete(own);
          },
        },
        { highWaterMark: maxWaiting },
      );
      return new Response(body, {
        headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
      });
    },
    [Symbol.dispose]() {
      clearInterval(heartbeat);
      for (const listener of listeners) end(listener);
    },
  };
}

function frameOf(id: string, event: string, data: string): string {
  const lines = data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  return `id: ${id}\nevent: ${event}\n${lines.join("")}\n`;
}
