import type { SecureContext } from "node:tls";
import { DistError, errnoOf, printable } from "../../core/index.ts";
import type { Authorities, HostTls } from "../trust.ts";

/** What TLS with one host is made with. */
export interface HostContext {
  readonly context: SecureContext;
  /** Which authorities are trusted, as errors name them. */
  readonly trusted: string;
}

/** What {@link createSecureContexts} works with. */
export interface SecureContextOptions {
  /** Called by the first host that has no list of its own. */
  readonly authorities: () => Promise<Authorities>;
  /** What is special about a host, as it stands in URLs: `ghcr.io`, `10.0.0.1:5000`. */
  readonly tlsOf: (host: string) => Promise<HostTls | undefined>;
}

/** What TLS is made with, host by host. */
export interface SecureContexts {
  readonly contextOf: (host: string) => Promise<HostContext>;
  /**
   * Trusts more authorities from now on, after `trusted` (see {@link HostContext}) did not vouch for somebody.
   * `false`: there are no others to ask.
   */
  readonly widen: (trusted: string | undefined) => Promise<boolean>;
}

/** Makes what TLS with a host needs: once for each host that is special, and once for all others. */
export function createSecureContexts({ authorities, tlsOf }: SecureContextOptions): SecureContexts {
  const special = new Map<string, Promise<HostContext | undefined>>();
  let usual: Promise<HostContext> | undefined;
  let narrow: Promise<Authorities> | undefined;
  let widening: Promise<Authorities | undefined> | undefined;
  let wide: Authorities | undefined;
  const current = async (): Promise<Authorities> => wide ?? (narrow ??= authorities());

  async function contextOf(host: string): Promise<HostContext> {
    const known = special.get(host) ?? specialContext(host, tlsOf, current);
    special.set(host, known);
    return (await known) ?? (usual ??= usualContext(current));
  }

  async function widen(trusted: string | undefined): Promise<boolean> {
    const { source, wider } = await (narrow ??= authorities());
    if (trusted !== source || wider === undefined) return false;
    const found = await (widening ??= wider());
    if (found === undefined || wide !== undefined) return found !== undefined;
    wide = found;
    usual = undefined;
    special.clear();
    return true;
  }

  return { contextOf, widen };
}

async function usualContext(authorities: SecureContextOptions["authorities"]): Promise<HostContext> {
  const { pem, source } = await authorities();
  return { context: await createContext({ ca: pem }), trusted: source };
}

async function specialContext(
  host: string,
  tlsOf: SecureContextOptions["tlsOf"],
  authorities: SecureContextOptions["authorities"],
): Promise<HostContext | undefined> {
  const tls = await tlsOf(host);
  if (tls === undefined) return undefined;
  const { ca, cert, key, source = `the options for ${host}` } = tls;
  const { pem, source: trusted } = ca === undefined ? await authorities() : { pem: [ca], source };
  try {
    return { context: await createContext({ ca: pem, cert, key }), trusted };
  } catch (error) {
    const reason = errnoOf(error) ?? "unknown reason";
    throw new DistError(
      "INVALID_CONFIG",
      `the certificates for ${host} from ${printable(source)} cannot be used (${reason})`,
      {},
      {
        hint: "a client certificate and its key are PEM texts, the key not encrypted, and belong together",
        cause: error,
      },
    );
  }
}

interface ContextParts {
  readonly ca: readonly string[] | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

async function createContext({ ca, cert, key }: ContextParts): Promise<SecureContext> {
  const { createSecureContext } = await import("node:tls");
  return createSecureContext({
    // A list, even if of one: an empty text alone would mean Node's own certificates, and in a list Bun takes none.
    ...(ca !== undefined && { ca: ca.filter((pem) => pem !== "") }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    minVersion: "TLSv1.2",
  });
}
