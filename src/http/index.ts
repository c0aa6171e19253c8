/**
 * HTTP for everything above: the {@link Http} port, our own HTTP/1.1 client behind it, and an adapter for any `fetch`.
 * Around both: what is tried again, which redirects are followed, how much of a body is held, what a log may show. Knows nothing of
 * registries, credentials, caches, or what the bytes mean. Importing it loads no socket code.
 * @module
 */
export { checkRequest } from "./check-request.ts";
export { failureDetails } from "./failure.ts";
export { httpFromFetch } from "./fetch.ts";
export {
  type Http,
  type HttpBody,
  type HttpRequest,
  type HttpRequestStream,
  type HttpResponse,
  type HttpTimeouts,
} from "./http.ts";
export { withHostLimit } from "./host-limit.ts";
export {
  isRest,
  isStrongEtag,
  partialBytes,
  type PartialBytes,
  rangeHeaders,
  type RestOf,
  strongEtagOf,
} from "./partial.ts";
export { isLoopbackHost } from "./loopback.ts";
export type { ProxySettings, ProxyText } from "./proxy.ts";
export { readBody } from "./read-body.ts";
export { type FollowedResponse, type RedirectRules, sendFollowing } from "./redirect.ts";
export { afterAttempts, readErrorBody, remarksOn, withRetry } from "./retry.ts";
export { retryAfterOf } from "./retry-after.ts";
export { createRetrier, maxRetryAfterMs, type Retrier, type RetrierOptions, type Wait } from "./retrier.ts";
export { withTrace } from "./trace.ts";
export { isTransientError } from "./transient.ts";
export type { Authorities, HostTls } from "./trust.ts";
export { type AuthorityLocations, loadAuthorities } from "./wire/authorities.ts";
export type { DialedAddress, DialReport } from "./wire/dial-report.ts";
export { createWireHttp, type WireHttpOptions } from "./wire/wire.ts";
