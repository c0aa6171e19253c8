/** The authorities whose signature under a certificate counts. */
export interface Authorities {
  /** Their certificates, in PEM. `undefined`: the list that Node.js brings, with `NODE_EXTRA_CA_CERTS`. */
  readonly pem: readonly string[] | undefined;
  /** Where they come from, as errors name it. */
  readonly source: string;
  /**
   * These and the ones to ask when they do not vouch for a certificate: reading them takes a while, and most servers
   * never need it. Default: none.
   */
  readonly wider?: (() => Promise<Authorities | undefined>) | undefined;
}

/** How TLS is spoken with one host. */
export interface HostTls {
  /** PEM certificates of the authorities to trust for this host, in place of all others. Default: the usual ones. */
  readonly ca?: string | undefined;
  /** The certificate to show to this host, in PEM, its chain after it. Default: none. */
  readonly cert?: string | undefined;
  /** The private key of `cert`, in PEM. */
  readonly key?: string | undefined;
  /** Where these come from, as errors name it. Default: `the options for HOST`. */
  readonly source?: string | undefined;
}
