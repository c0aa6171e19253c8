import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { DistError, errnoOf, isDistError, printable } from "../../core/index.ts";
import { errorResponse } from "../registry/json-response.ts";
import type { RequestHead } from "./gate.ts";
import { headersFrom, requestFrom } from "./request-from.ts";
import { sendResponse } from "./send-response.ts";

/** One exchange, told when it is over. */
export interface ServedRequest {
  readonly method: string;
  /** The path as it was sent, with its query. */
  readonly target: string;
  readonly status: number;
  /** Bytes of the body that were handed to the connection. */
  readonly bytesSent: number;
  /** From its head to the end of the response, in milliseconds. */
  readonly durationMs: number;
  /** Whether the whole response was sent. */
  readonly isComplete: boolean;
  /** What went wrong in the server, when something did. */
  readonly error: unknown;
}

/** How long clients may take, in milliseconds. */
export interface ListenTimeouts {
  /** For the head of a request, from the opening of the connection or the end of the request before. */
  readonly headMs: number;
  /** For a whole request. */
  readonly requestMs: number;
  /** Between two requests. */
  readonly keepAliveMs: number;
  /** Without a byte in either direction. A response that has nothing to say must send something in time. */
  readonly idleMs: number;
}

/** Where and how {@link listen} listens. */
export interface ListenOptions {
  readonly host: string;
  /** 0 takes one that is free. */
  readonly port: number;
  readonly timeouts: ListenTimeouts;
  /** Looks at a request before a URL is made of it: the answer to one that is refused. */
  readonly refuse: (head: RequestHead) => Response | undefined;
  readonly onRequest: (request: ServedRequest) => void;
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
}

/** A server that listens. */
export interface Listener {
  readonly port: number;
  /** Takes no more connections, lets responses end, and breaks off what lasts longer than `graceMs`. */
  readonly close: (graceMs: number) => Promise<void>;
}

/** Most clients at a time: each holds a socket and, while it is served, an open file. */
const maxConnections = 4096;

/** What every response says: it is what its type says, for this site alone. */
const securityHeaders: Headers = new Headers({
  "x-content-type-options": "nosniff",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "same-origin",
});

/**
 * Serves `handler` over HTTP/1.1.
 * @throws {DistError} INVALID_INPUT when the address cannot be used
 */
export async function listen(
  handler: (request: Request) => Promise<Response>,
  { host, port, timeouts, refuse, onRequest, now }: ListenOptions,
): Promise<Listener> {
  let isClosing = false;
  const exchange = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { method = "GET", url: target = "/" } = incoming;
    const startedAt = now();
    let bytesSent = 0;
    let error: unknown;
    outgoing.setHeaders(securityHeaders).once("close", () => {
      const { statusCode: status, writableFinished: isComplete } = outgoing;
      const durationMs = now() - startedAt;
      onRequest({ method, target, status, bytesSent, durationMs, isComplete, error });
      if (isClosing) server.closeIdleConnections();
    });
    const respond = async (): Promise<Response> => {
      const headers = headersFrom(incoming);
      const refusal = refuse({ method, target, headers });
      return refusal ?? handler(requestFrom(incoming, `http://${headers.get("host")}`));
    };
    try {
      const response = await respond().catch((reason: unknown) => {
        // A client that goes away is no failure of the server.
        if (!outgoing.destroyed) error = reason;
        return failureResponse(reason);
      });
      await sendResponse(response, outgoing, (bytes) => (bytesSent += bytes));
    } catch (reason) {
      error = reason;
    }
  };
  const limits = {
    headersTimeout: timeouts.headMs,
    requestTimeout: timeouts.requestMs,
    keepAliveTimeout: timeouts.keepAliveMs,
    connectionsCheckingInterval: Math.min(timeouts.headMs, 1000),
  };
  const server = createServer(limits, (incoming, outgoing) => void exchange(incoming, outgoing));
  server.maxConnections = maxConnections;
  server.setTimeout(timeouts.idleMs);
  const listening = once(server, "listening");
  server.listen(port, host);
  await listening.catch((error: unknown) => {
    throw cannotListen(error, host, port);
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : port,
    async close(graceMs) {
      isClosing = true;
      const closed = once(server, "close");
      server.close();
      const timer = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

/** What the client hears of a failure: nothing that it did not know. */
function failureResponse(error: unknown): Response {
  return isDistError(error, "IO")
    ? errorResponse(503, "UNAVAILABLE", "a file cannot be read now", { "retry-after": "1" })
    : errorResponse(500, "UNKNOWN", "the server failed");
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program listens there",
  EACCES: "this user may not listen there",
  EADDRNOTAVAIL: "that is no address of this machine",
  ENOTFOUND: "there is no such host",
};

function cannotListen(error: unknown, host: string, port: number): unknown {
  const errno = errnoOf(error);
  if (errno === undefined) return error;
  const message = `cannot listen on ${printable(host)} port ${port}: ${reasons[errno] ?? errno}`;
  const hint = "choose another with --host and --port; --port 0 takes a port that is free";
  return new DistError("INVALID_INPUT", message, {}, { hint, cause: error });
}
