import type { HttpRequest } from "./http.ts";

const namePattern = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const valuePattern = /^[\t\x20-\x7e\x80-\xff]*$/;
const targetPattern = /^[\x21-\x7e]+$/;

/** What the implementations of the port set themselves, and what would change the framing. */
const reserved: ReadonlySet<string> = new Set([
  "accept-encoding",
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/**
 * Refuses a request that could not be sent as it is meant.
 * @throws {TypeError} bad header names or values, reserved headers, userinfo in the URL, a body on GET or HEAD
 */
export function checkRequest(request: HttpRequest): void {
  const { method, url, headers = {}, body } = request;
  if (url.protocol !== "http:" && url.protocol !== "https:") throw new TypeError("not an http(s) url");
  if (url.username !== "" || url.password !== "") throw new TypeError("userinfo in a request's url");
  if (!targetPattern.test(url.pathname + url.search))
    throw new TypeError("invalid characters in a request's url");
  if (body !== undefined && (method === "GET" || method === "HEAD")) {
    throw new TypeError(`a body on a ${method} request`);
  }
  for (const [name, value] of Object.entries(headers)) {
    if (!namePattern.test(name)) throw new TypeError("a header name that is no lower-case token");
    if (reserved.has(name)) throw new TypeError(`header ${name} is set by the Http port itself`);
    checkHeaderValue(name, value);
  }
}

/**
 * Refuses what cannot be the value of header `name`.
 * @throws {TypeError} control characters, line breaks above all, and what is not Latin-1
 */
export function checkHeaderValue(name: string, value: string): void {
  if (!valuePattern.test(value)) throw new TypeError(`invalid characters in the value of header ${name}`);
}
