import { MalformedResponse } from "./malformed.ts";

/** RFC 9110 §5.6.2 `token`. */
export const token: string = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";

// oxlint-disable-next-line no-control-regex -- a tab is the one control character that a value may hold
const field = new RegExp(`^(${token}):[\\t ]*([\\t\\x20-\\x7e\\x80-\\xff]*)$`);

/**
 * One header line (RFC 9112 §5) as its name in lower case and its value.
 * @throws {MalformedResponse} folded lines, spaces before the colon, control characters
 */
export function parseHeaderField(line: string): { readonly name: string; readonly value: string } {
  const match = field.exec(line);
  if (match === null) throw new MalformedResponse("a malformed header line");
  const [, name = "", value = ""] = match;
  // Only spaces: Node's parser refuses a tab after the digits of Content-Length, and so do we by keeping it.
  return { name: name.toLowerCase(), value: value.replace(/ +$/, "") };
}
