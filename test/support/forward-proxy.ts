import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { TlsOptions } from "node:tls";
import { type RawServer, startRawServer } from "./raw-server.ts";

/** How a {@link ForwardProxy} behaves. */
export interface ForwardProxyOptions {
  /** The value of `Proxy-Authorization` that it lets pass. Default: anything. */
  readonly login?: string | undefined;
  /** Sends its answer to CONNECT one byte at a time. */
  readonly isSlow?: boolean | undefined;
  /** Speaks TLS to its clients. */
  readonly tls?: TlsOptions | undefined;
}

/** A forward proxy of this process. It finds every host, whatever its name, on 127.0.0.1. */
export interface ForwardProxy extends RawServer {
  /** All that it was sent and could read: the heads of requests, and nothing of what went through tunnels. */
  readonly requests: readonly string[];
}

/** Starts a {@link ForwardProxy}: CONNECT for https, and absolute-form requests, one a connection, for http. */
export function startForwardProxy({
  login,
  isSlow = false,
  tls,
}: ForwardProxyOptions = {}): Promise<ForwardProxy> {
  return startRawServer((client, head) => {
    if (login !== undefined && !head.includes(`\r\nproxy-authorization: ${login}`)) {
      client.end(
        "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n",
      );
      return;
    }
    const [method = "", target = ""] = head.split(" ");
    const url = new URL(method === "CONNECT" ? `https://${target}` : target);
    const server = connect(Number(url.port || (method === "CONNECT" ? 443 : 80)), "127.0.0.1");
    server.on("error", () => client.destroy());
    server.on("connect", () => {
      // What follows is not for this server to read; it waits until it is joined.
      client.removeAllListeners("data").pause();
      const begin = async (): Promise<void> => {
        if (method === "CONNECT") await answer(client, isSlow);
        else server.write(forwarded(head, url));
        join(client, server);
      };
      void begin();
    });
  }, tls);
}

async function answer(client: Socket, isSlow: boolean): Promise<void> {
  const head = "HTTP/1.1 200 Connection established\r\n\r\n";
  for (const piece of isSlow ? head : [head]) {
    client.write(piece);
    if (isSlow) await sleep(1);
  }
}

function forwarded(head: string, url: URL): string {
  const [start = "", ...fields] = head.split("\r\n");
  const kept = fields.filter((field) => !/^(?:proxy-authorization|connection):/.test(field));
  const line = start.replace(url.origin, "");
  return `${[line, ...kept, "connection: close"].join("\r\n")}\r\n\r\n`;
}

function join(client: Socket, server: Socket): void {
  client.pipe(server);
  server.pipe(client);
  client.on("close", () => server.destroy());
  server.on("close", () => client.destroy());
}
