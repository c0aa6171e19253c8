import { DistError, type HttpFailureDetails, isDistError, limits } from "../core/index.ts";
import type { Http, HttpBody, HttpRequest, HttpResponse } from "./http.ts";
import { readBody } from "./read-body.ts";
import { retryAfterOf } from "./retry-after.ts";
import { maxRetryAfterMs, type Retrier } from "./retrier.ts";
import { isOverload, isTransientError, isTransientStatus } from "./transient.ts";

/**
 * `http`, with requests sent again that may be answered otherwise in a moment (see `transient.ts`), as often and as
 * late as `retrier` says. A request that timed out twice is not sent a third time. The last answer is handed on, and the
 * last error thrown; both say how many attempts there were.
 * @param now the time in milliseconds
 */
export function withRetry(http: Http, retrier: Retrier, now: () => number): Http {
  return {
    async send(request) {
      const { url, signal } = request;
      let timeouts = 0;
      for (let attempt = 1; ; attempt++) {
        await retrier.pass(url.origin, signal);
        const outcome = await outcomeOf(http, request, now);
        if (outcome.kind === "answer") {
          retrier.worked();
          return numbered(outcome.response, attempt);
        }
        if (outcome.kind === "refusal") {
          const isAgain = await retrier.again({ ...outcome, attempt, url, signal });
          if (!isAgain) return numbered(outcome.response, attempt);
          continue;
        }
        const { error } = outcome;
        if (isDistError(error, "TIMEOUT")) timeouts += 1;
        const mayPass = timeouts < 2 && isTransientError(error, request);
        if (!mayPass || !(await retrier.again({ ...outcome, attempt, url, signal }))) {
          throw afterAttempts(error, attempt);
        }
      }
    },
    close: () => http.close(),
  };
}

/** What became of one attempt: an answer, one that may be another in a moment, or an error. */
type Outcome =
  | { readonly kind: "answer"; readonly response: HttpResponse }
  | {
      readonly kind: "refusal";
      readonly response: HttpResponse;
      readonly reason: string;
      readonly retryAfterMs: number | undefined;
      readonly isOverload: boolean;
    }
  | { readonly kind: "error"; readonly error: unknown; readonly reason: string };

async function outcomeOf(http: Http, request: HttpRequest, now: () => number): Promise<Outcome> {
  try {
    const response = await http.send(request);
    const { status } = response;
    if (!isTransientStatus(status, request)) {
      return { kind: "answer", response: await buffered(response, request.bufferBytes ?? 0) };
    }
    const body = await readErrorBody(response);
    return {
      kind: "refusal",
      response: { ...response, body: bodyOf([body], { length: body.length, delimited: true }) },
      reason: `${request.url.host} answered ${status}`,
      retryAfterMs: isOverload(status) ? retryAfterOf(response, body, now()) : undefined,
      isOverload: isOverload(status),
    };
  } catch (error) {
    return { kind: "error", error, reason: error instanceof Error ? error.message : "" };
  }
}

/**
 * What a server says of a failure: the first 64 KiB at most. A body that is longer or broken counts as nothing said.
 * @throws {DistError} ABORTED
 */
export async function readErrorBody(response: HttpResponse): Promise<Uint8Array> {
  try {
    return await readBody(response, limits.errorBytes);
  } catch (error) {
    if (!isDistError(error) || error.code === "ABORTED") throw error;
    return new Uint8Array();
  }
}

/** `response` with its body read, when it is no longer than that; whoever asked refuses one that is. */
async function buffered(response: HttpResponse, maxBytes: number): Promise<HttpResponse> {
  const { body } = response;
  if (maxBytes === 0 || (body.length ?? 0) > maxBytes) return response;
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    pieces.push(new Uint8Array(chunk));
    length += chunk.length;
    if (length > maxBytes) break;
  }
  return { ...response, body: bodyOf(pieces, body) };
}

/** A body whose bytes were read already. */
function bodyOf(pieces: readonly Uint8Array[], { length, delimited }: Omit<HttpBody, symbol>): HttpBody {
  return {
    length,
    delimited,
    async *[Symbol.asyncIterator]() {
      yield* pieces;
    },
  };
}

function numbered(response: HttpResponse, attempts: number): HttpResponse {
  return attempts === 1 ? response : { ...response, attempts };
}

/** What there is to add to a message about an answer: what the server wishes, and how often it was asked. */
export function remarksOn({
  retryAfterMs = 0,
  attempts,
}: Pick<HttpFailureDetails, "retryAfterMs" | "attempts">): string {
  const wish =
    retryAfterMs > maxRetryAfterMs ? `, and wants no request for ${Math.ceil(retryAfterMs / 1000)} s` : "";
  return attempts === undefined ? wish : `${wish} (after ${attempts} attempts)`;
}

/** `error`, made to say how often it was tried. */
export function afterAttempts(error: unknown, attempts: number): unknown {
  if (attempts === 1 || (!isDistError(error, "NETWORK") && !isDistError(error, "TIMEOUT"))) return error;
  const { code, message, details, hint, cause } = error;
  return new DistError(
    code,
    `${message} (after ${attempts} attempts)`,
    { ...details, attempts },
    { hint, cause },
  );
}
