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

/** Makes what TLS with a host needs: once for each host that is special, and once for all others. */
export function createSecureContexts(options: SecureContextOptions): (host: string) => Promise<HostContext> {
  const special = new Map<string, Promise<HostContext | undefined>>();
  let usual: Promise<HostContext> | undefined;
  return async (host) => {
    const known = special.get(host) ?? specialContext(host, options);
    special.set(host, known);
    return (await known) ?? (usual ??= usualContext(options));
  };
}

async function usualContext({ authorities }: SecureContextOptions): Promise<HostContext> {
  const { pem, source } = await authorities();
  return { context: await createContext({ ca: pem }), trusted: source };
}

async function specialContext(
  host: string,
  { authorities, tlsOf }: SecureContextOptions,
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
    // A list, even if of one: an empty text alone would mean Node's own certificates.
    ...(ca !== undefined && { ca: [...ca] }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    minVersion: "TLSv1.2",
  });
}
