import { createServer, type AddressInfo, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions, type TLSSocket } from "node:tls";

/** A server that speaks no HTTP of its own: each test writes the bytes it needs. */
export interface RawServer extends AsyncDisposable {
  /** Origin, without a slash at its end. */
  readonly url: string;
  /** The head of each request, in the order of arrival. */
  readonly requests: readonly string[];
  /** Every connection ever accepted. */
  readonly sockets: readonly Socket[];
}

/** Answers one request, of which `head` is everything up to the empty line. */
export type RawAnswer = (socket: Socket, head: string) => unknown;

/** Listens on a free port of `host`, over TLS when there are options for it. */
export async function startRawServer(
  answer: RawAnswer,
  tls?: TlsOptions,
  host = "127.0.0.1",
): Promise<RawServer> {
  const requests: string[] = [];
  const sockets: Socket[] = [];
  const accept = (socket: Socket): void => {
    sockets.push(socket);
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    let pending = "";
    socket.on("data", (bytes: Buffer) => {
      pending += bytes.toString("latin1");
      for (let end = pending.indexOf("\r\n\r\n"); end >= 0; end = pending.indexOf("\r\n\r\n")) {
        const head = pending.slice(0, end);
        pending = pending.slice(end + 4);
        requests.push(head);
        answer(socket, head);
      }
    });
  };
  const server =
    tls === undefined ? createServer(accept) : createTlsServer(tls, (socket: TLSSocket) => accept(socket));
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  const shown = host.includes(":") ? `[${host}]` : host;
  return {
    url: `${tls === undefined ? "http" : "https"}://${shown}:${port}`,
    requests,
    sockets,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
