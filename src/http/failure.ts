import {
  type CertificateDetails,
  DistError,
  errnoOf,
  type HttpFailureDetails,
  isDistError,
  printable,
} from "../core/index.ts";
import type { HttpRequest } from "./http.ts";
import { type Peer, serverPeer } from "./peer.ts";
import { type Proxy, shownProxy } from "./proxy.ts";

type Subject = Pick<HttpRequest, "method" | "url" | "headers">;

/** What errors of the operating system and of TLS mean, said of whoever is at the other end. */
const meanings: Readonly<Record<string, (peer: Peer) => string>> = {
  ENOTFOUND: ({ sought }) => `cannot find ${sought}`,
  EAI_AGAIN: ({ sought }) => `cannot look up ${sought} at the moment`,
  ECONNREFUSED: ({ name }) => `${name} refuses connections`,
  ECONNRESET: ({ name }) => `${name} broke the connection off`,
  EPIPE: ({ name }) => `${name} broke the connection off`,
  ETIMEDOUT: ({ name }) => `the network gave up waiting for ${name}`,
  EHOSTUNREACH: ({ name }) => `no way through the network to ${name}`,
  ENETUNREACH: ({ name }) => `no way through the network to ${name}`,
  EPROTO: ({ name }) => `${name} does not speak TLS as expected`,
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: ({ name }) => `${name} asks for a client certificate`,
};

const hints: Readonly<Record<string, string>> = {
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    "put client.cert and client.key into certs.d/HOST (docs/networks.md), or set the `tls` option",
};

/** What is wrong with a certificate, to follow on whose it is, and what to do about it. */
const objections: Readonly<Record<string, readonly [objection: string, hint: string]>> = {
  CERT_HAS_EXPIRED: [
    "has expired",
    "the server's owner must renew it; if it has not expired yet, set this machine's clock",
  ],
  CERT_NOT_YET_VALID: ["is not valid yet", "look at this machine's clock"],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    "is for another name",
    "use a name that it is for, or have it issued for this one too",
  ],
  CERT_REVOKED: ["was revoked", "the server's owner must replace it"],
};

const untrusted = [
  "is not signed by a trusted authority",
  "if an authority of your own signed it, name its PEM file in NODE_EXTRA_CA_CERTS (in addition to the usual ones), in SSL_CERT_FILE (in their place), or in certs.d/HOST (for one host; docs/networks.md)",
] as const;

/** Errors that mean that nobody we trust has signed the certificate. */
const untrustedCodes: ReadonlySet<string> = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "CERT_SIGNATURE_FAILURE",
  "INVALID_CA",
  "CERT_UNTRUSTED",
]);

/** What was known when a connection broke. */
export interface ConnectionFacts {
  /** Default: the server of the request. */
  readonly peer?: Peer | undefined;
  /** What the other side showed of itself, and which authorities are trusted; `undefined` without TLS. */
  readonly tls?:
    | { readonly certificate: CertificateDetails | undefined; readonly trusted: string }
    | undefined;
}

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
export function brokenConnection(
  request: Subject,
  cause: unknown,
  { peer = serverPeer(request.url, undefined), tls }: ConnectionFacts = {},
): DistError<"NETWORK"> {
  const code = errnoOf(cause) ?? "";
  const details = failureDetails(request);
  const objection = untrustedCodes.has(code) ? untrusted : objections[code];
  if (objection !== undefined) {
    const [what, hint] = objection;
    const shown = tls?.certificate === undefined ? "" : `: ${shownCertificate(tls.certificate)}`;
    const trusted =
      objection === untrusted && tls !== undefined ? `; trusted: ${printable(tls.trusted)}` : "";
    const message = `the certificate of ${peer.name} ${what}${shown}${trusted}${peer.via}`;
    const facts = { ...details, certificate: tls?.certificate, trusted: tls?.trusted };
    return new DistError("NETWORK", message, facts, { cause, hint });
  }
  const reason = cause instanceof Error ? printable(cause.message) : "unknown reason";
  const meaning = meanings[code] ?? (code.startsWith("ERR_SSL_") ? meanings["EPROTO"] : undefined);
  const message = meaning?.(peer) ?? `the connection to ${peer.name} failed: ${reason}`;
  const hint = hints[code] ?? peer.hint;
  return new DistError("NETWORK", message + peer.via, details, { cause, hint });
}

/** Whether `error` says that nobody we trust has signed a certificate: others may have. */
export function isUntrusted(error: unknown): error is DistError<"NETWORK"> {
  return isDistError(error, "NETWORK") && untrustedCodes.has(errnoOf(error.cause) ?? "");
}

function shownCertificate({ subject, issuer, validFrom, validTo, names }: CertificateDetails): string {
  const forNames = names === "" ? "" : ` for ${names}`;
  return `${subject || "no subject"}${forNames}, issued by ${issuer || "nobody"}, valid from ${validFrom} to ${validTo}`;
}

/** NETWORK: a proxy did not open the way to the server; `answer` is its status, or what is wrong with what it sent. */
export function proxyFailure(request: Subject, proxy: Proxy, answer: number | string): DistError<"NETWORK"> {
  const name = shownProxy(proxy);
  const { source } = proxy;
  const details = failureDetails(request);
  if (typeof answer === "string") {
    const message = `cannot use the answer of ${name}: ${printable(answer)}`;
    return new DistError("NETWORK", message, details, { hint: `check that ${source} names a forward proxy` });
  }
  const facts = { ...details, status: answer };
  // Some proxies say 401 where they mean 407; in answer to CONNECT nobody else can have said it.
  if (answer !== 407 && answer !== 401) {
    const message = `${name} answered ${answer} to the wish for a connection to ${request.url.host}`;
    const hint = `the proxy may not allow this host, or not reach it; if it needs no proxy, add ${request.url.hostname} to NO_PROXY`;
    return new DistError("NETWORK", message, facts, { hint });
  }
  const [said, form] =
    proxy.authorization === undefined
      ? [`asks for a login (${answer})`, "write it into"]
      : [`refuses the login that was sent (${answer})`, "correct the login in"];
  const hint = `${form} ${source}: ${proxy.url.protocol}//USER:PASSWORD@${proxy.url.host}, special characters percent-encoded`;
  return new DistError("NETWORK", `${name} ${said}`, facts, { hint });
}

const waitedFor = {
  connect: "did not accept a connection",
  headers: "did not answer",
  body: "sent too little",
} as const;

/** TIMEOUT: the other side was too slow for `request` in this phase. */
export function timedOut(
  request: Subject,
  phase: keyof typeof waitedFor,
  {
    peer = serverPeer(request.url, undefined),
    cause,
  }: { readonly peer?: Peer | undefined; readonly cause?: unknown } = {},
): DistError<"TIMEOUT"> {
  const message = `${peer.name} ${waitedFor[phase]} in time${peer.via}`;
  return new DistError("TIMEOUT", message, { ...failureDetails(request), phase }, { cause, hint: peer.hint });
}
