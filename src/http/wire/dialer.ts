import type { OnReadOpts, Socket, TcpNetConnectOpts } from "node:net";
import type { ConnectionOptions, PeerCertificate, TLSSocket } from "node:tls";
import { type Peer, proxyPeer, serverPeer } from "../peer.ts";
import type { Proxy } from "../proxy.ts";
import type { ProxyChooser } from "./choose-proxy.ts";
import type { DialReport } from "./dial-report.ts";
import { createDialReporter, type DialReporter } from "./dial-reporter.ts";
import type { HostContext } from "./secure-contexts.ts";

/** A socket that is connecting. */
export interface Dialed {
  readonly socket: Socket;
  /** The event that says that it can be used. */
  readonly readyEvent: "connect" | "secureConnect";
  readonly peer: Peer;
  /** The proxy that requests are written to, when there is one and no tunnel through it. */
  readonly proxy: Proxy | undefined;
  /** Set when the socket leads to a proxy, which must open the way to the server first. */
  readonly tunnel: Tunnel | undefined;
  /** What TLS had to judge, once the other side has shown it; `undefined` without TLS. */
  readonly tls:
    | { readonly certificate: () => PeerCertificate | undefined; readonly trusted: string }
    | undefined;
}

/** The way through a proxy: once it is open, TLS with the server begins inside. */
export interface Tunnel {
  readonly proxy: Proxy;
  /** Starts TLS on the socket that was dialed, which nobody else may use from then on. */
  readonly enter: () => Promise<Dialed>;
}

/** Opens the sockets of one client; what they deliver goes to `onread`. */
export interface Dialer {
  /** @throws {DistError} INVALID_CONFIG for a proxy or certificates that cannot be used */
  readonly dial: (url: URL, onread: OnReadOpts) => Promise<Dialed>;
}

/** Whom TLS is spoken with, and inside what. */
interface TlsUse {
  readonly tunnel?: Socket;
  readonly isProxy?: boolean;
  /** What follows the connection; `tunnel`: another socket inside this one. */
  readonly next?: DialReport["phase"];
}

/** What {@link createDialer} works with. */
export interface DialerOptions {
  readonly routeOf: ProxyChooser;
  readonly contextOf: (host: string) => Promise<HostContext>;
  /** Whether certificates of servers do not count; those of proxies always do. */
  readonly isUnverified: boolean;
  /** Hears of each connection when it begins; the report fills while it is made. Default: nobody. */
  readonly onDial?: ((report: DialReport) => void) | undefined;
}

/**
 * How long one of several addresses of a host is tried before the next one, in milliseconds. Node's own 250 is less
 * than a round trip on slow links, and it gives an address up instead of trying both at once (RFC 8305).
 */
const attemptMs = 1000;

/**
 * Opens TCP and TLS sockets, through proxies where there are any. TLS sessions are used again, and what only TLS needs
 * is loaded by the first https URL.
 */
export function createDialer({ routeOf, contextOf, isUnverified, onDial }: DialerOptions): Dialer {
  const sessions = new Map<string, Buffer>();

  /** TLS with the host of `url`: over a socket of its own, or inside `tunnel`. */
  async function openTls(
    url: URL,
    onread: OnReadOpts,
    reporter: DialReporter,
    { tunnel, isProxy = false, next }: TlsUse = {},
  ): Promise<Pick<Dialed, "socket" | "tls">> {
    reporter.enter("tls");
    const { connect } = await import("node:tls");
    const { isIP } = await import("node:net");
    const { context, trusted } = await contextOf(url.host);
    const host = hostOf(url);
    const session = sessions.get(url.host);
    // Node passes `onread` over for a socket inside another; Bun hands it what is for the socket inside.
    const isFed = tunnel !== undefined || next === "tunnel";
    const options: ConnectionOptions & { onread?: OnReadOpts | undefined } = {
      ...(tunnel === undefined ? addressOf(url) : { socket: tunnel, host }),
      ...(!isFed && { onread }),
      ...(isIP(host) === 0 && { servername: host.replace(/\.$/, "") }),
      ...(session !== undefined && { session }),
      secureContext: context,
      ALPNProtocols: ["http/1.1"],
      rejectUnauthorized: isProxy || !isUnverified,
    };
    const socket = connect(options);
    if (tunnel === undefined) reporter.watch(socket, url, "tls");
    if (isProxy) socket.on("secureConnect", () => reporter.enter("tunnel"));
    else reporter.watchTls(socket, trusted);
    socket.on("session", (fresh) => sessions.set(url.host, fresh));
    if (isFed) feed(socket, onread);
    return { socket, tls: { certificate: certificateOf(socket), trusted } };
  }

  async function open(
    url: URL,
    onread: OnReadOpts,
    reporter: DialReporter,
    { isProxy, next }: Required<Pick<TlsUse, "isProxy" | "next">>,
  ): Promise<Pick<Dialed, "socket" | "tls" | "readyEvent">> {
    if (url.protocol === "https:") {
      return { ...(await openTls(url, onread, reporter, { isProxy, next })), readyEvent: "secureConnect" };
    }
    const { connect } = await import("node:net");
    const socket = connect({ ...addressOf(url), noDelay: true, onread });
    reporter.watch(socket, url, next);
    return { socket, tls: undefined, readyEvent: "connect" };
  }

  async function dial(url: URL, onread: OnReadOpts): Promise<Dialed> {
    const reporter = createDialReporter(url);
    onDial?.(reporter.report);
    const route = await routeOf(url);
    reporter.routed(route);
    const { proxy } = route;
    if (proxy === undefined) {
      return {
        ...(await open(url, onread, reporter, { isProxy: false, next: "done" })),
        peer: serverPeer(url, undefined),
        proxy,
        tunnel: undefined,
      };
    }
    const isTunnel = url.protocol === "https:";
    const dialed = await open(proxy.url, onread, reporter, {
      isProxy: true,
      next: isTunnel ? "tunnel" : "done",
    });
    const peer = proxyPeer(proxy, url);
    if (!isTunnel) return { ...dialed, peer, proxy, tunnel: undefined };
    const enter = async (): Promise<Dialed> => {
      dialed.socket.removeAllListeners("data");
      return {
        ...(await openTls(url, onread, reporter, { tunnel: dialed.socket })),
        readyEvent: "secureConnect",
        peer: serverPeer(url, proxy),
        proxy: undefined,
        tunnel: undefined,
      };
    };
    return { ...dialed, peer, proxy, tunnel: { proxy, enter } };
  }

  return { dial };
}

/** Hands what `socket` delivers over to `onread`, which its own memory has room for after each call. */
function feed(socket: Socket, onread: OnReadOpts): void {
  socket.on("data", (chunk: Buffer) => {
    for (let rest = chunk; rest.length > 0;) {
      const room = typeof onread.buffer === "function" ? onread.buffer() : onread.buffer;
      const length = Math.min(room.length, rest.length);
      room.set(rest.subarray(0, length));
      rest = rest.subarray(length);
      if (!onread.callback(length, room)) socket.pause();
    }
  });
}

/** The certificate that the other side showed. Asked for before the socket is given up: afterwards nobody can. */
function certificateOf(socket: TLSSocket): () => PeerCertificate | undefined {
  let certificate: PeerCertificate | undefined;
  const destroy = socket.destroy.bind(socket);
  // Not when `secure` is said: Bun has judged the certificate by then, and let go of what it refuses.
  socket.destroy = (error) => {
    certificate ??= socket.getPeerCertificate();
    return destroy(error);
  };
  return () => certificate;
}

function addressOf(url: URL): TcpNetConnectOpts {
  return {
    host: hostOf(url),
    port: portOf(url),
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: attemptMs,
  };
}

/** The host to connect to: WHATWG URLs keep the brackets of IPv6 addresses. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, "$1");
}

function portOf({ port, protocol }: URL): number {
  return port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
}
