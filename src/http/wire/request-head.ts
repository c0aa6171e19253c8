import type { HttpRequest } from "../http.ts";

/** The bytes that open `request`, as Latin-1. The request is one that `checkRequest` lets pass. */
export function printRequestHead(request: HttpRequest, userAgent: string): string {
  const { method, url, headers, body } = request;
  const fields: Record<string, string> = {
    host: url.host,
    "user-agent": userAgent,
    connection: "keep-alive",
    "accept-encoding": "identity",
    ...headers,
  };
  if (method === "POST" || method === "PUT") fields["content-length"] = String(body?.length ?? 0);
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join("")}\r\n`;
}
