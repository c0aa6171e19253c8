import { DistError } from "../core/index.ts";
import type { HttpResponse } from "./http.ts";

/**
 * The whole body of a small response, in memory of its own.
 * @param tooLarge makes the error for a body over `maxBytes`. Default: NETWORK
 * @throws {DistError} what `tooLarge` makes, and what reading an {@link HttpBody} throws
 */
export async function readBody(
  response: HttpResponse,
  maxBytes: number,
  tooLarge: () => Error = () => bodyTooLarge(response.status, maxBytes),
): Promise<Uint8Array> {
  const { body } = response;
  if ((body.length ?? 0) > maxBytes) {
    response.discard();
    throw tooLarge();
  }
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > maxBytes) throw tooLarge();
    // Not slice(): that of a Buffer copies nothing.
    pieces.push(new Uint8Array(chunk));
  }
  return joined(pieces, length);
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function bodyTooLarge(status: number, maxBytes: number): DistError<"NETWORK"> {
  return new DistError("NETWORK", `the server's answer is too large: expected at most ${maxBytes} bytes`, {
    status,
  });
}
