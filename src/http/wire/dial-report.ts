import type { CertificateDetails } from "../../core/index.ts";

/** One of the addresses of a host. */
export interface DialedAddress {
  readonly address: string;
  readonly family: 4 | 6;
  /** Why no connection to it could be made, as in `ECONNREFUSED`; `undefined` when it was not tried, or could. */
  readonly error: string | undefined;
}

/** How far a connection has got, and what was found on the way. It fills while the connection is made. */
export interface DialReport {
  /** The origin that it leads to. */
  readonly origin: string;
  /** What is under way, or failed; `done` when requests can be sent. */
  readonly phase: "proxy" | "dns" | "tcp" | "tunnel" | "tls" | "done";
  /** `undefined` while that is not decided. */
  readonly route: { readonly proxy: string | undefined; readonly why: string } | undefined;
  /** Whose addresses these are: the server's, or the proxy's. */
  readonly addresses: readonly DialedAddress[];
  /** The address and port that answered. */
  readonly connectedTo: string | undefined;
  /** TLS with the server. */
  readonly tls:
    | {
        readonly protocol: string;
        readonly certificate: CertificateDetails | undefined;
        /** Which authorities are trusted. */
        readonly trusted: string;
      }
    | undefined;
}
