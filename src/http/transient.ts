import { errnoOf, isDistError } from "../core/index.ts";
import type { HttpRequest } from "./http.ts";

/** Answers by which a server says: not now. */
const transientStatuses: ReadonlySet<number> = new Set([408, 425, 429]);
/** Failures of servers that stay the same: not implemented, version, loop, and a network that wants a login first. */
const finalStatuses: ReadonlySet<number> = new Set([501, 505, 508, 511]);

/** Errors before a byte of the request was sent. */
const beforeSending: ReadonlySet<string> = new Set([
  "EAI_AGAIN",
  "ECONNREFUSED",
  "EHOSTDOWN",
  "EHOSTUNREACH",
  "ENETDOWN",
  "ENETUNREACH",
]);
/** Errors after which nobody knows how far the request came. */
const whileSending: ReadonlySet<string> = new Set([
  "ECONNABORTED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "UND_ERR_SOCKET",
]);

/** 429 and 503 mean that the server did not work on the request, and that others would fare no better. */
export function isOverload(status: number): boolean {
  return status === 429 || status === 503;
}

/**
 * Whether the same request may be answered otherwise in a moment. What changes something at the server is repeated
 * only where it cannot have been worked on.
 */
export function isTransientStatus(status: number, { method }: Pick<HttpRequest, "method">): boolean {
  if (!isSafe(method)) return isOverload(status);
  return transientStatuses.has(status) || (status >= 500 && !finalStatuses.has(status));
}

/**
 * The same of an error: of connections that could not be made, broke or were closed, and of servers that were too slow.
 * Final are names that do not exist, certificates, malformed answers, refused redirects, and whoever stopped it.
 */
export function isTransientError(error: unknown, { method }: Pick<HttpRequest, "method">): boolean {
  if (isDistError(error, "TIMEOUT")) return isSafe(method) || error.details.phase === "connect";
  if (!isDistError(error, "NETWORK")) return false;
  // A proxy's answer, in place of a connection to the server.
  if (error.details.status !== undefined) return isTransientStatus(error.details.status, { method });
  if (!(error.cause instanceof Error)) return false;
  const errno = errnoOf(error.cause);
  if (errno !== undefined && beforeSending.has(errno)) return true;
  // A connection that was closed has no errno.
  return isSafe(method) && (errno === undefined || whileSending.has(errno));
}

function isSafe(method: HttpRequest["method"]): boolean {
  return method === "GET" || method === "HEAD";
}
