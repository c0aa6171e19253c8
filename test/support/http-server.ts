import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";

/** Answers one request. A response whose body fails while it is read is cut off there, and its connection closed. */
export type Handler = (request: Request) => Promise<Response>;

/** What a body fails with to be cut off by a TCP reset, which takes along what is still on its way. */
export class ConnectionReset extends Error {}

/** Puts a behaviour around a handler. */
export type Wrap = (handler: Handler) => Handler;

/** One exchange as the server saw it. */
export interface LoggedRequest {
  readonly method: string;
  /** The request target as it was sent, query included. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** `undefined` while no response has begun. */
  status: number | undefined;
  /** Bytes of the response's body that were handed to the connection. */
  bytesSent: number;
}

/** A server's private key and certificate, in PEM. */
export interface TlsIdentity {
  readonly key: string;
  readonly cert: string;
}

/** An HTTP server of this process. Disposing it breaks the connections that are left. */
export interface TestServer extends AsyncDisposable {
  /** Origin, without a slash at its end: `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** In the order of arrival. */
  readonly requests: readonly LoggedRequest[];
  /** How many connections were opened, used or not. */
  readonly connections: number;
  /** Empties `requests` and counts `connections` from zero. */
  readonly clearLog: () => void;
}

/** Serves `handler` on a free port of 127.0.0.1, over TLS when there is an identity for it. */
export async function startServer(handler: Handler, tls?: TlsIdentity): Promise<TestServer> {
  const requests: LoggedRequest[] = [];
  let connections = 0;
  const scheme = tls === undefined ? "http" : "https";
  const server = tls === undefined ? createServer() : createTlsServer(tls);
  server.on("connection", () => {
    connections += 1;
  });
  server.on("request", (incoming, outgoing) => {
    const { method = "GET", url: path = "/", headers } = incoming;
    const entry: LoggedRequest = { method, path, headers, status: undefined, bytesSent: 0 };
    requests.push(entry);
    void send(respond(handler, incoming, scheme), outgoing, entry);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `${scheme}://${host}`,
    host,
    requests,
    get connections() {
      return connections;
    },
    clearLog: () => {
      requests.length = 0;
      connections = 0;
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function requestFrom(incoming: IncomingMessage, scheme: string): Request {
  const { method = "GET", url = "/", headers } = incoming;
  const init = {
    method,
    headers: Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
  };
  const body =
    method === "GET" || method === "HEAD"
      ? {}
      : { body: ReadableStream.from<Uint8Array>(incoming), duplex: "half" as const };
  return new Request(new URL(url, `${scheme}://${headers.host}`), { ...init, ...body });
}

async function respond(handler: Handler, incoming: IncomingMessage, scheme: string): Promise<Response> {
  try {
    return await handler(requestFrom(incoming, scheme));
  } catch (error) {
    return new Response(String(error), { status: 500 });
  }
}

async function send(
  answer: Promise<Response>,
  outgoing: ServerResponse,
  entry: LoggedRequest,
): Promise<void> {
  const response = await answer;
  entry.status = response.status;
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.flushHeaders();
  try {
    for await (const chunk of response.body ?? []) {
      entry.bytesSent += chunk.length;
      await written(outgoing, chunk);
    }
    outgoing.end();
  } catch (error) {
    if (error instanceof ConnectionReset) outgoing.socket?.resetAndDestroy();
    else outgoing.destroy();
  }
}

function written(outgoing: ServerResponse, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    outgoing.write(chunk, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}
