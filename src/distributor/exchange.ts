import { bareAddress, isDistError, printable } from "../core/index.ts";
import {
  failureDetails,
  type Http,
  type HttpBody,
  type HttpRequest,
  type HttpResponse,
  readErrorBody,
  sendFollowing,
} from "../http/index.ts";
import { type Deadline, openDeadline } from "./deadline.ts";
import { DistributorError } from "./distributor-error.ts";

/** One request to a distributor, and how its answer is read. */
export interface Exchange<T> {
  readonly request: HttpRequest;
  readonly timeoutMs: number;
  /** What a server might repeat in its answer, and a message must not. */
  readonly secrets: readonly string[];
  /** Reads the answer to a request that succeeded. */
  readonly read: (response: HttpResponse) => Promise<T>;
  /** Whether the time counts for each piece of the body, and not for the whole. */
  readonly isStream: boolean;
}

/** Within the origin, so that the token never leaves it. */
const redirectRules = { maxRedirects: 5, sameOrigin: true, allowPlainHttp: () => true };

/**
 * Sends a request, follows redirects within the origin, and reads the answer.
 * @throws {DistributorError} `http`, `not_found`, `permission_denied`, `status`, and what `read` throws
 * @throws {DistError} ABORTED
 */
export async function exchange<T>(http: Http, options: Exchange<T>): Promise<T> {
  const { request, timeoutMs, isStream } = options;
  const deadline = openDeadline(timeoutMs, request.signal);
  let phase: "headers" | "body" = "headers";
  try {
    const sent = { ...request, signal: deadline.signal };
    const { response } = await sendFollowing(http, sent, redirectRules);
    phase = "body";
    if (!isSuccess(response.status)) throw await refusal(response, options);
    if (!isStream) return await options.read(response);
    deadline.extend();
    return await options.read(paced(response, deadline));
  } catch (error) {
    if (isDistError(error, "ABORTED") && deadline.hasPassed) throw tooSlow(request, phase, timeoutMs);
    if (!isDistError(error) || error instanceof DistributorError || error.code === "ABORTED") throw error;
    const { message, code, details, hint } = error;
    throw new DistributorError("http", message, { code, details, hint, cause: error });
  } finally {
    deadline.close();
  }
}

/** A part of an answer (206) is none: nobody asked for one. */
function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299 && status !== 206;
}

/** The response, with the deadline put off by each piece of its body. */
function paced(response: HttpResponse, deadline: Deadline): HttpResponse {
  const { length, delimited } = response.body;
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for await (const piece of response.body) {
      deadline.extend();
      yield piece;
    }
  }
  const body: HttpBody = { length, delimited, [Symbol.asyncIterator]: pieces };
  return { ...response, body };
}

function tooSlow(
  request: HttpRequest,
  phase: "headers" | "body",
  timeoutMs: number,
): DistributorError<"http"> {
  const message = `${request.url.host} did not answer within ${timeoutMs} ms`;
  const details = { ...failureDetails(request), phase };
  return new DistributorError("http", message, { code: "TIMEOUT", details });
}

/** The error for an answer that is no success. */
async function refusal(
  response: HttpResponse,
  { request, secrets }: Pick<Exchange<unknown>, "request" | "secrets">,
): Promise<DistributorError> {
  const { status } = response;
  const details = { ...failureDetails(request), status };
  const subject = `${request.method} ${bareAddress(request.url)}`;
  switch (status) {
    case 404:
      response.discard();
      return new DistributorError("not_found", subject, { details });
    case 401:
    case 403: {
      response.discard();
      const code = status === 401 ? "UNAUTHORIZED" : "FORBIDDEN";
      return new DistributorError("permission_denied", subject, { code, details });
    }
    default: {
      const body = printable(withoutAny(secrets, new TextDecoder().decode(await readErrorBody(response))));
      return new DistributorError("status", `${status}: ${body}`, { details: { ...details, status, body } });
    }
  }
}

function withoutAny(secrets: readonly string[], text: string): string {
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, "***"), text);
}
