import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { errnoOf, printable } from "../../core/index.ts";
import { certificateDetails } from "./certificate-details.ts";
import type { Route } from "./choose-proxy.ts";
import type { DialedAddress, DialReport } from "./dial-report.ts";

type Draft<T> = { -readonly [K in keyof T]: T[K] };

/** Writes a {@link DialReport} while a connection is made. */
export interface DialReporter {
  readonly report: DialReport;
  readonly enter: (phase: DialReport["phase"]) => void;
  readonly routed: (route: Route) => void;
  /** Listens to a socket that was just asked to connect to `url`; `next` comes when it can be used. */
  readonly watch: (socket: Socket, url: URL, next: DialReport["phase"]) => void;
  /** Listens to the TLS with the server; `trusted` names the authorities. */
  readonly watchTls: (socket: TLSSocket, trusted: string) => void;
}

/** A {@link DialReporter} of a connection to `url` of which nothing is known yet. */
export function createDialReporter({ origin }: URL): DialReporter {
  const addresses: Draft<DialedAddress>[] = [];
  const report: Draft<DialReport> = {
    origin,
    phase: "proxy",
    route: undefined,
    addresses,
    connectedTo: undefined,
    tls: undefined,
  };
  const found = (address: string, family: number): void => {
    addresses.push({ address, family: family === 6 ? 6 : 4, error: undefined });
    report.phase = "tcp";
  };
  return {
    report,
    enter: (phase) => {
      report.phase = phase;
    },
    routed: ({ proxy, why }) => {
      report.route = { proxy: proxy?.url.origin, why };
    },
    watch(socket, { hostname }, next) {
      report.phase = "dns";
      // WHATWG URLs write addresses in one way, and nothing else so. They are not looked up.
      if (hostname.startsWith("[")) found(hostname.slice(1, -1), 6);
      else if (/^[\d.]+$/.test(hostname)) found(hostname, 4);
      socket.on("lookup", (error: Error | null, address: string, family: string | number) => {
        if (error === null) found(address, Number(family));
      });
      socket.on("connectionAttemptFailed", (address: string, _port, _family, error: Error) => {
        const tried = addresses.find((one) => one.address === address);
        if (tried !== undefined) tried.error = errnoOf(error) ?? printable(error.message);
      });
      socket.on("connect", () => {
        const { remoteAddress = "", remotePort } = socket;
        report.connectedTo = `${remoteAddress.includes(":") ? `[${remoteAddress}]` : remoteAddress}:${remotePort}`;
        report.phase = next;
      });
    },
    watchTls(socket, trusted) {
      socket.on("secureConnect", () => {
        const protocol = socket.getProtocol() ?? "TLS";
        report.tls = { protocol, certificate: certificateDetails(socket.getPeerCertificate()), trusted };
        report.phase = "done";
      });
    },
  };
}
