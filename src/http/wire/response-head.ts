import { parseHeaderField } from "./header-field.ts";
import { MalformedResponse } from "./malformed.ts";

/** How the end of a body is found (RFC 9112 §6.3). */
export type Framing =
  | { readonly kind: "length"; readonly bytes: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "close" };

/** Status line and header of one response. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly framing: Framing;
  /** Whether the server will take another request on this connection. */
  readonly isPersistent: boolean;
}

const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;

/** Fields that must not come twice: what a second one means is where parsers disagree. */
const singletons = new Set(["content-length", "transfer-encoding"]);

/**
 * The head of a response, from its lines without the empty one.
 * @param hasBody whether a response to this request may have a body: not to HEAD
 * @throws {MalformedResponse} whatever Node's own parser refuses, and more
 */
export function parseResponseHead(lines: readonly string[], hasBody: boolean): ResponseHead {
  const { version, status } = parseStatusLine(lines[0] ?? "");
  const headers = parseHeaders(lines.slice(1));
  const declared = declaredFraming(headers, version);
  const isEmpty = !hasBody || status < 200 || status === 204 || status === 304;
  return {
    status,
    headers,
    framing: isEmpty ? { kind: "length", bytes: 0 } : declared,
    isPersistent: version === "1.1" && !/(?:^|,)\s*close\s*(?:,|$)/i.test(headers.get("connection") ?? ""),
  };
}

/**
 * The first line of a response (RFC 9112 §4).
 * @throws {MalformedResponse}
 */
export function parseStatusLine(line: string): { readonly version: "1.0" | "1.1"; readonly status: number } {
  const match = statusLine.exec(line);
  if (match === null) throw new MalformedResponse("no HTTP/1.1 status line");
  return { version: match[1] === "1" ? "1.1" : "1.0", status: Number(match[2]) };
}

function parseHeaders(lines: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const { name, value } = parseHeaderField(line);
    const earlier = headers.get(name);
    if (earlier !== undefined && singletons.has(name)) throw new MalformedResponse(`two ${name} headers`);
    headers.set(name, earlier === undefined ? value : `${earlier}, ${value}`);
  }
  return headers;
}

function declaredFraming(headers: ReadonlyMap<string, string>, version: string): Framing {
  const length = headers.get("content-length");
  const encoding = headers.get("transfer-encoding");
  if (encoding !== undefined) {
    if (length !== undefined) throw new MalformedResponse("both content-length and transfer-encoding");
    if (version === "1.0" || encoding.toLowerCase() !== "chunked") {
      throw new MalformedResponse("a transfer-encoding other than chunked");
    }
    return { kind: "chunked" };
  }
  if (length === undefined) return { kind: "close" };
  const bytes = /^\d{1,16}$/.test(length) ? Number(length) : Number.NaN;
  if (!Number.isSafeInteger(bytes)) throw new MalformedResponse("a content-length that is no length");
  return { kind: "length", bytes };
}
