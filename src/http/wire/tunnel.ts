import { proxyFailure } from "../failure.ts";
import type { HttpRequest } from "../http.ts";
import type { Proxy } from "../proxy.ts";
import type { ByteSource } from "./byte-source.ts";
import { MalformedResponse } from "./malformed.ts";
import { receiveHead } from "./receive-head.ts";

/** The bytes that ask a proxy for the way to the server of `url` (RFC 9110, section 9.3.6), as Latin-1. */
export function printConnect({ hostname, port }: URL, proxy: Proxy): string {
  const authority = `${hostname}:${port === "" ? "443" : port}`;
  const login = proxy.authorization === undefined ? "" : `proxy-authorization: ${proxy.authorization()}\r\n`;
  return `CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n${login}\r\n`;
}

/**
 * Reads what a proxy answers to CONNECT, up to where the tunnel begins. The head is read as strictly as that of any
 * response; of a refusal nothing but the status is looked at.
 * @throws {DistError} NETWORK when it does not open the way; and whatever the source throws
 */
export async function receiveTunnel(source: ByteSource, request: HttpRequest, proxy: Proxy): Promise<void> {
  const status = await receiveStatus(source, request, proxy);
  if (status < 200 || status > 299) throw proxyFailure(request, proxy, status);
  // Nobody but the proxy can have sent these: the server waits for us to begin.
  if (source.view().length > 0) throw proxyFailure(request, proxy, "bytes before the tunnel was used");
}

async function receiveStatus(source: ByteSource, request: HttpRequest, proxy: Proxy): Promise<number> {
  try {
    return (await receiveHead(source, false)).status;
  } catch (error) {
    throw error instanceof MalformedResponse ? proxyFailure(request, proxy, error.message) : error;
  }
}
