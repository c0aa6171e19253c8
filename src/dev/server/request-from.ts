import type { IncomingMessage } from "node:http";

/** The fields of a request's head. One that is given twice is joined, so that a second Host makes both none. */
export function headersFrom({ headersDistinct }: IncomingMessage): Headers {
  return new Headers(
    Object.entries(headersDistinct).flatMap(([name, values = []]) =>
      values.map((value): [string, string] => [name, value]),
    ),
  );
}

/**
 * The request that arrived. Its body is read from the connection when it is asked for.
 * @param origin what the target is relative to
 */
export function requestFrom(incoming: IncomingMessage, origin: string): Request {
  const { method = "GET", url = "/" } = incoming;
  const init = { method, headers: headersFrom(incoming) };
  const body =
    method === "GET" || method === "HEAD"
      ? {}
      : { body: ReadableStream.from<Uint8Array>(incoming), duplex: "half" as const };
  return new Request(new URL(`${origin}${url}`), { ...init, ...body });
}
