import type { DistError } from "../../core/index.ts";
import { brokenConnection } from "../failure.ts";
import type { HttpRequest } from "../http.ts";
import { certificateDetails } from "./certificate-details.ts";
import type { Dialed } from "./dialer.ts";

/** NETWORK: `cause` broke the socket that was dialed for `request`, or kept it from being used. */
export function dialedFailure(
  request: HttpRequest,
  cause: Error,
  { peer, tls }: Dialed,
): DistError<"NETWORK"> {
  if (tls === undefined) return brokenConnection(request, cause, { peer });
  const certificate = certificateDetails(tls.certificate());
  return brokenConnection(request, cause, { peer, tls: { certificate, trusted: tls.trusted } });
}
