import type { Certificate, PeerCertificate } from "node:tls";
import { type CertificateDetails, type DistError, printable } from "../../core/index.ts";
import { brokenConnection } from "../failure.ts";
import type { HttpRequest } from "../http.ts";
import type { Dialed } from "./dialer.ts";

/** NETWORK: `cause` broke the socket that was dialed for `request`, or kept it from being used. */
export function dialedFailure(
  request: HttpRequest,
  cause: Error,
  { peer, tls }: Dialed,
): DistError<"NETWORK"> {
  if (tls === undefined) return brokenConnection(request, cause, { peer });
  const certificate = detailsOf(tls.certificate());
  return brokenConnection(request, cause, { peer, tls: { certificate, trusted: tls.trusted } });
}

/** What a certificate says of itself, ready to be shown. */
function detailsOf(certificate: Partial<PeerCertificate> | undefined): CertificateDetails | undefined {
  if (certificate?.valid_to === undefined) return undefined;
  const { subject, issuer, valid_from: validFrom = "", valid_to: validTo, subjectaltname = "" } = certificate;
  return {
    subject: shownName(subject),
    issuer: shownName(issuer),
    validFrom: printable(validFrom),
    validTo: printable(validTo),
    names: printable(subjectaltname),
  };
}

/** A distinguished name on one line, as in `CN=ghcr.io, O=Acme`. */
function shownName(name: Certificate | undefined): string {
  return printable(
    Object.entries(name ?? {})
      .map(([part, value]) => `${part}=${[value].flat().join("+")}`)
      .join(", "),
  );
}
