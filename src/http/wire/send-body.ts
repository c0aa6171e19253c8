import type { Socket } from "node:net";
import type { HttpRequest } from "../http.ts";
import { piecesOf } from "../request-body.ts";

/** Who follows a body that is sent: a piece is handed to the socket, and the socket is done with it. */
export interface SendBodyWatch {
  readonly begin: () => void;
  readonly end: () => void;
}

/**
 * Writes a body to a socket. Whether all of it was taken; why not is told by the socket's own events.
 * @throws {TypeError} when a stream has more or fewer bytes than it said; what it throws itself
 */
export async function sendBody(
  socket: Socket,
  body: NonNullable<HttpRequest["body"]>,
  { begin, end }: SendBodyWatch,
): Promise<boolean> {
  for await (const piece of piecesOf(body)) {
    begin();
    await new Promise<void>((resolve) => {
      socket.write(piece, () => resolve());
    });
    end();
    if (socket.destroyed) return false;
  }
  return true;
}
