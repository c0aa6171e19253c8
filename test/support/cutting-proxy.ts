import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A TCP proxy that breaks connections off. */
export interface CuttingProxy extends AsyncDisposable {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** How many connections it broke off. */
  readonly cuts: number;
  /** Breaks off the next connection on which the client sends that many bytes, after the last of them; only that one. */
  readonly cutAfter: (bytes: number) => void;
}

/** Hands everything on to `target`, which is `HOST:PORT`. */
export async function startCuttingProxy(target: string): Promise<CuttingProxy> {
  const [host, port] = target.split(":");
  const sockets = new Set<Socket>();
  let limit = Infinity;
  let cuts = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(port), host);
    let sent = 0;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    }
    client.on("data", (chunk: Buffer) => {
      const left = limit - sent;
      sent += chunk.length;
      if (chunk.length < left) {
        if (!upstream.write(chunk)) client.pause();
        return;
      }
      limit = Infinity;
      cuts += 1;
      upstream.end(chunk.subarray(0, left));
      client.destroy();
    });
    upstream.on("drain", () => client.resume());
    upstream.on("data", (chunk) => client.write(chunk));
    upstream.on("close", () => client.destroy());
    client.on("close", () => upstream.end());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    get cuts() {
      return cuts;
    },
    cutAfter: (bytes) => {
      limit = bytes;
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
