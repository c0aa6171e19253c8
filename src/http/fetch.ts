import { abortedError, errnoOf, isDistError, throwIfAborted } from "../core/index.ts";
import { checkRequest } from "./check-request.ts";
import { encodingRefusal } from "./content-encoding.ts";
import { brokenConnection, timedOut, unusableAnswer } from "./failure.ts";
import { FetchBody } from "./fetch-body.ts";
import type { Http, HttpRequest, HttpRequestStream, HttpResponse } from "./http.ts";
import { piecesOf } from "./request-body.ts";

/** What undici, the `fetch` of Node, says when it has waited long enough. */
const timeoutPhases: Readonly<Record<string, "connect" | "headers" | "body">> = {
  UND_ERR_CONNECT_TIMEOUT: "connect",
  UND_ERR_HEADERS_TIMEOUT: "headers",
  UND_ERR_BODY_TIMEOUT: "body",
};

/**
 * The port on top of any `fetch`: for tests, other runtimes, and callers with a client of their own. Timeouts, TLS and
 * pooling are those of that `fetch`; lengths and encodings are checked here.
 */
export function httpFromFetch(fetch: typeof globalThis.fetch): Http {
  return {
    send: async (request) => {
      checkRequest(request);
      throwIfAborted(request.signal);
      try {
        return responseOf(request, await fetch(request.url, initOf(request)));
      } catch (error) {
        throw failureOf(request, error);
      }
    },
    close: () => undefined,
  };
}

function initOf({ method, headers, body, signal }: HttpRequest): RequestInit {
  return {
    method,
    headers: { ...headers, "accept-encoding": "identity" },
    redirect: "manual",
    ...(body instanceof Uint8Array && { body }),
    ...(body !== undefined && !(body instanceof Uint8Array) && streamed(body)),
    ...(signal !== undefined && { signal }),
  };
}

/** A stream keeps chunks for a while: each is copied. */
function streamed(body: HttpRequestStream): RequestInit {
  const copies = async function* copy(): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of piecesOf(body)) yield new Uint8Array(chunk);
  };
  return { body: ReadableStream.from(copies()), duplex: "half" };
}

function responseOf(request: HttpRequest, response: Response): HttpResponse {
  const { status, headers } = response;
  const refusal = refusalOf(request, response);
  if (refusal !== undefined) {
    response.body?.cancel().catch(() => undefined);
    throw refusal;
  }
  const length = lengthOf(request, response);
  const body = new FetchBody({
    stream: response.body,
    length,
    delimited: length !== undefined || headers.get("transfer-encoding")?.toLowerCase() === "chunked",
    malformed: (reason) => unusableAnswer(request, reason),
    cut: (reason) => unusableAnswer(request, reason, new Error(reason)),
    failure: (error) => failureOf(request, error),
  });
  return { status, header: (name) => headers.get(name) ?? undefined, body, discard: () => body.discard() };
}

function refusalOf(request: HttpRequest, { status, headers }: Response): Error | undefined {
  if (status === 0) return unusableAnswer(request, "this fetch hides redirects");
  const length = headers.get("content-length");
  if (length !== null && !/^\d{1,15}$/.test(length)) {
    return unusableAnswer(request, "a content-length that is no length");
  }
  return encodingRefusal(request, headers.get("content-encoding"));
}

/** How long the body is, not counting what HEAD only announces. */
function lengthOf({ method }: HttpRequest, { status, headers }: Response): number | undefined {
  if (method === "HEAD" || status === 204 || status === 304) return 0;
  const length = headers.get("content-length");
  return length === null ? undefined : Number(length);
}

/** The error of this library for whatever `fetch`, or reading what it returned, threw. */
function failureOf(request: HttpRequest, error: unknown): unknown {
  if (request.signal?.aborted) return abortedError(request.signal);
  if (isDistError(error)) return error;
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  // What a request's body threw.
  if (isDistError(cause)) return cause;
  const phase = timeoutPhases[errnoOf(cause) ?? ""];
  return phase === undefined ? brokenConnection(request, cause) : timedOut(request, phase, { cause });
}
