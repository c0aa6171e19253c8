import { MalformedResponse } from "./malformed.ts";

/** RFC 9110 §5.6.2 `token`. */
export const token: string = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";

/** Written so that no line, however hostile, takes more than linear time. */
const field = new RegExp(`^(${token}):[\\t ]*((?:[\\x21-\\x7e\\x80-\\xff][\\t\\x20-\\x7e\\x80-\\xff]*)?)$`);

/**
 * One header line (RFC 9112 §5) as its name in lower case and its value.
 * @throws {MalformedResponse} folded lines, spaces before the colon, control characters
 */
export function parseHeaderField(line: string): { readonly name: string; readonly value: string } {
  const match = field.exec(line);
  if (match === null) throw new MalformedResponse("a malformed header line");
  const [, name = "", value = ""] = match;
  return { name: name.toLowerCase(), value: withoutTrailingSpaces(value) };
}

/** Not `trimEnd`: Node's parser refuses a tab after the digits of Content-Length, and so do we by keeping it. */
function withoutTrailingSpaces(value: string): string {
  let end = value.length;
  while (value[end - 1] === " ") end--;
  return value.slice(0, end);
}
