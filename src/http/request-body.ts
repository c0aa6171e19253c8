import type { HttpRequest } from "./http.ts";

/** A body goes to the socket in pieces of this size, so that an upload that stalls is noticed. */
const pieceBytes = 64 * 1024;

/**
 * The pieces in which a body is sent; each is borrowed if the body's chunks are.
 * @throws {TypeError} when a stream has more or fewer bytes than it said; what it throws itself
 */
export async function* piecesOf(body: NonNullable<HttpRequest["body"]>): AsyncGenerator<Uint8Array, void> {
  let left = body.length;
  for await (const chunk of body instanceof Uint8Array ? [body] : body) {
    left -= chunk.length;
    if (left < 0) throw new TypeError("a request's body is longer than it said");
    for (let i = 0; i < chunk.length; i += pieceBytes) yield chunk.subarray(i, i + pieceBytes);
  }
  if (left > 0) throw new TypeError("a request's body is shorter than it said");
}
