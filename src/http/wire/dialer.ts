import type { OnReadOpts, Socket } from "node:net";
import type { ConnectionOptions, SecureContext } from "node:tls";

/** A socket that is connecting. */
export interface Dialed {
  readonly socket: Socket;
  /** The event that says that it can be used. */
  readonly readyEvent: "connect" | "secureConnect";
}

/** Opens the sockets of one client; what they deliver goes to `onread`. */
export interface Dialer {
  readonly dial: (url: URL, onread: OnReadOpts) => Promise<Dialed>;
}

/**
 * Opens TCP and TLS sockets. TLS sessions are used again, and what only TLS needs is loaded by the first https URL.
 * @param ca PEM certificates to trust instead of Node's own list
 */
export function createDialer(ca: string | readonly string[] | undefined): Dialer {
  const sessions = new Map<string, Buffer>();
  let context: SecureContext | undefined;

  async function dialTls(url: URL, onread: OnReadOpts): Promise<Dialed> {
    const { connect, createSecureContext } = await import("node:tls");
    const { isIP } = await import("node:net");
    // A list, even if of one: an empty text alone would mean Node's own certificates.
    context ??= createSecureContext({ ca: ca === undefined ? ca : [ca].flat(), minVersion: "TLSv1.2" });
    const host = hostOf(url);
    const session = sessions.get(url.host);
    const options: ConnectionOptions & { onread: OnReadOpts } = {
      host,
      port: portOf(url, 443),
      ...(isIP(host) === 0 && { servername: host.replace(/\.$/, "") }),
      ...(session !== undefined && { session }),
      secureContext: context,
      ALPNProtocols: ["http/1.1"],
      rejectUnauthorized: true,
      onread,
    };
    const socket = connect(options);
    socket.on("session", (fresh) => sessions.set(url.host, fresh));
    return { socket, readyEvent: "secureConnect" };
  }

  return { dial: (url, onread) => (url.protocol === "https:" ? dialTls(url, onread) : dialTcp(url, onread)) };
}

async function dialTcp(url: URL, onread: OnReadOpts): Promise<Dialed> {
  const { connect } = await import("node:net");
  const socket = connect({ host: hostOf(url), port: portOf(url, 80), noDelay: true, onread });
  return { socket, readyEvent: "connect" };
}

/** The host to connect to: WHATWG URLs keep the brackets of IPv6 addresses. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, "$1");
}

function portOf(url: URL, fallback: number): number {
  return url.port === "" ? fallback : Number(url.port);
}
