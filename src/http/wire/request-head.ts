import type { HttpRequest } from "../http.ts";
import type { Proxy } from "../proxy.ts";

/**
 * The bytes that open `request`, as Latin-1. The request is one that `checkRequest` lets pass.
 * @param proxy reads them in place of the server, and gets the login that is meant for it
 */
export function printRequestHead(request: HttpRequest, userAgent: string, proxy: Proxy | undefined): string {
  const { method, url, headers, body } = request;
  const fields: Record<string, string> = {
    host: url.host,
    "user-agent": userAgent,
    connection: "keep-alive",
    "accept-encoding": "identity",
    ...headers,
  };
  if (proxy?.authorization !== undefined) fields["proxy-authorization"] = proxy.authorization();
  if (method === "POST" || method === "PUT" || method === "PATCH")
    fields["content-length"] = String(body?.length ?? 0);
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  const target = `${proxy === undefined ? "" : url.origin}${url.pathname}${url.search}`;
  return `${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n`;
}
