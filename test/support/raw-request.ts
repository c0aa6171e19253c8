import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** Opens a connection to an `http://` origin: what is written to it is sent as it is. */
export async function openSocket(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  return socket.on("error", () => undefined);
}

/** What a server answers. */
export interface RawAnswer {
  readonly status: number;
  /** The whole answer, head included. */
  readonly text: string;
}

/** Sends a request whose target no URL parser has touched, and reads until the server closes. */
export async function rawRequest(
  url: string,
  target: string,
  { method = "GET", host = new URL(url).host }: { readonly method?: string; readonly host?: string } = {},
): Promise<RawAnswer> {
  const socket = await openSocket(url);
  socket.write(
    Buffer.from(`${method} ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`, "latin1"),
  );
  const text = await readToEnd(socket);
  return { status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1]), text };
}

/** Everything that the other end sends until it closes, in Latin-1. */
export async function readToEnd(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString("latin1");
}
