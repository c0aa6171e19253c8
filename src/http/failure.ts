import {
  DistError,
  type DistErrorOptions,
  errnoOf,
  type HttpFailureDetails,
  printable,
} from "../core/index.ts";
import type { HttpRequest } from "./http.ts";

type Subject = Pick<HttpRequest, "method" | "url" | "headers">;

const trustHint =
  "If this server's certificate is signed by your own authority, name its PEM file in SSL_CERT_FILE.";

/** What errors of the operating system and of TLS mean, said of the server at `url`. */
const meanings: Readonly<Record<string, (url: URL) => string>> = {
  ENOTFOUND: ({ hostname }) => `cannot find host ${hostname}`,
  EAI_AGAIN: ({ hostname }) => `cannot look up host ${hostname} at the moment`,
  ECONNREFUSED: ({ host }) => `${host} refuses connections`,
  ECONNRESET: ({ host }) => `${host} broke the connection off`,
  EPIPE: ({ host }) => `${host} broke the connection off`,
  ETIMEDOUT: ({ host }) => `the network gave up waiting for ${host}`,
  EHOSTUNREACH: ({ host }) => `no way through the network to ${host}`,
  ENETUNREACH: ({ host }) => `no way through the network to ${host}`,
  EPROTO: ({ host }) => `${host} does not speak TLS as expected`,
  CERT_HAS_EXPIRED: ({ host }) => `the certificate of ${host} has expired`,
  CERT_NOT_YET_VALID: ({ host }) => `the certificate of ${host} is not valid yet`,
  ERR_TLS_CERT_ALTNAME_INVALID: ({ host }) => `the certificate of ${host} is for another name`,
};

/** Errors that mean that nobody we trust has signed the certificate. */
const untrusted: ReadonlySet<string> = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** The `details` of whatever goes wrong with `request`. */
export function failureDetails(request: Subject): HttpFailureDetails {
  return {
    method: request.method,
    url: printable(request.url.href),
    credentialsSent: request.headers?.["authorization"] !== undefined,
  };
}

/**
 * NETWORK: the server's answer to `request` is of no use, for a reason that reads after a colon.
 * @param cause of an answer that ended too early: the connection was closed, and another one may do better
 */
export function unusableAnswer(request: Subject, reason: string, cause?: Error): DistError<"NETWORK"> {
  const message = `cannot use the answer of ${request.url.host}: ${printable(reason)}`;
  return new DistError("NETWORK", message, failureDetails(request), { cause });
}

/** NETWORK: `cause`, an error of the operating system or of TLS, kept `request` from being answered. */
export function brokenConnection(request: Subject, cause: unknown): DistError<"NETWORK"> {
  const { host } = request.url;
  const code = errnoOf(cause) ?? "";
  const details = failureDetails(request);
  if (untrusted.has(code)) {
    const message = `the certificate of ${host} is not signed by a trusted authority`;
    return new DistError("NETWORK", message, details, { cause, hint: trustHint });
  }
  const reason = cause instanceof Error ? printable(cause.message) : "unknown reason";
  const meaning = meanings[code.startsWith("ERR_SSL_") ? "EPROTO" : code];
  const message = meaning?.(request.url) ?? `the connection to ${host} failed: ${reason}`;
  return new DistError("NETWORK", message, details, { cause });
}

const waitedFor = {
  connect: "did not accept a connection",
  headers: "did not answer",
  body: "sent too little",
} as const;

/** TIMEOUT: the server was too slow for `request` in this phase. */
export function timedOut(
  request: Subject,
  phase: keyof typeof waitedFor,
  options?: DistErrorOptions,
): DistError<"TIMEOUT"> {
  const message = `${request.url.host} ${waitedFor[phase]} in time`;
  return new DistError("TIMEOUT", message, { ...failureDetails(request), phase }, options);
}
