import type { Certificate, PeerCertificate } from "node:tls";
import { type CertificateDetails, printable } from "../../core/index.ts";

/** What a certificate says of itself, ready to be shown. */
export function certificateDetails(
  certificate: Partial<PeerCertificate> | undefined,
): CertificateDetails | undefined {
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
