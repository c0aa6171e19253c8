import type { IncomingMessage } from "node:http";

/** The fields of a request's head. */
export function headersFrom({ headers }: IncomingMessage): Headers {
  const fields = Object.entries(headers).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).flatMap((one): [string, string][] =>
      one === undefined ? [] : [[name, one]],
    ),
  );
  return new Headers(fields);
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
