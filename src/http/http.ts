/**
 * A request's body that is produced while it is sent. Iterated once each time that the request is sent, then or never;
 * a chunk is borrowed: it is done with when the next one is asked for. What the iteration throws, the request throws.
 */
export interface HttpRequestStream extends AsyncIterable<Uint8Array> {
  /** In bytes; exactly as many must come. */
  readonly length: number;
}

/** One HTTP request. Sent as it is: no redirect is followed, nothing is retried, no credentials are added. */
export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: URL;
  /** Lower-case names. `host`, `connection`, `content-length` and `accept-encoding: identity` are set below. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: Uint8Array | HttpRequestStream | undefined;
  /** How long the answer may take to begin, in milliseconds, where that is longer than the client's own limit. Default: 0. */
  readonly answerMs?: number | undefined;
  /**
   * For an answer that is read whole and at once: up to this many bytes of it belong to the attempt, so that one which
   * breaks off is asked for again (see `withRetry`). Default: 0, the body is handed on as it comes.
   */
  readonly bufferBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * One HTTP response, its body not yet read. Whoever holds it reads the body to its end, or calls `discard`:
 * until then the connection stays occupied.
 */
export interface HttpResponse {
  readonly status: number;
  /** What stands under a header name (any case); several fields of one name are joined by `, `. */
  readonly header: (name: string) => string | undefined;
  readonly body: HttpBody;
  /** Gives the rest of the body up. Never throws; may be called more than once. */
  readonly discard: () => void;
  /** How often the request was sent to get it. Default: 1. */
  readonly attempts?: number | undefined;
}

/**
 * The bytes of a response, to be iterated once. **A chunk is borrowed**: its memory is used again as soon as the next
 * one is asked for. Leaving the loop early discards the rest.
 *
 * @throws {DistError} NETWORK when the connection breaks or the framing is wrong; TIMEOUT when it stalls; ABORTED
 */
export interface HttpBody extends AsyncIterable<Uint8Array> {
  /** Content-Length, in bytes; `undefined` when the server did not say. */
  readonly length: number | undefined;
  /**
   * Whether the end of the body can be told from a broken connection (Content-Length or chunked). Where this is
   * `false` only an expected digest or size can judge whether the body is whole.
   */
  readonly delimited: boolean;
}

/**
 * The port through which everything here speaks HTTP: our own client (`createWireHttp`) or any `fetch`
 * (`httpFromFetch`).
 */
export interface Http {
  /**
   * Sends a request and resolves as soon as the response's head is there, whatever its status.
   * @throws {DistError} NETWORK, TIMEOUT, ABORTED
   */
  readonly send: (request: HttpRequest) => Promise<HttpResponse>;
  /** Closes idle connections; requests under way go on. */
  readonly close: () => void;
}

/** How long to wait for a server, in milliseconds, and how slow a body may be. */
export interface HttpTimeouts {
  /** TCP and TLS handshake together. Default: 10,000. */
  readonly connectMs: number;
  /** From the request's last byte to the end of the response's head. Default: 15,000. */
  readonly headersMs: number;
  /** Length of the window in which a body must make progress. Default: 30,000. */
  readonly stallMs: number;
  /** Fewest body bytes in a window while the reader is waiting for some. Default: 30 KiB (1 KiB/s). */
  readonly stallBytes: number;
}

/** The {@link HttpTimeouts} that hold when nothing else is said. */
export const defaultTimeouts: HttpTimeouts = {
  connectMs: 10_000,
  headersMs: 15_000,
  stallMs: 30_000,
  stallBytes: 30 * 1024,
};
