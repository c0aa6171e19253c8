/** How deep JSON may be nested, as in the Rust client. Whoever walks it then needs no guard of their own. */
const maxDepth = 128;

/**
 * The value that `text` spells in JSON.
 * @param refuse makes the error; what it is told reads after a colon
 */
export function parseJsonText(text: string, refuse: (reason: string) => Error): unknown {
  if (isTooDeep(text)) throw refuse(`it is nested deeper than ${maxDepth} levels`);
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw refuse("it is no JSON");
    throw error;
  }
}

/** The same of UTF-8 bytes. */
export function parseJsonBytes(bytes: Uint8Array, refuse: (reason: string) => Error): unknown {
  return parseJsonText(decodeText(bytes, refuse), refuse);
}

/** `value` in JSON. */
export function printJson(value: unknown, refuse: (reason: string) => Error): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    // What holds itself, or a bigint; what is nested too deep.
    if (error instanceof TypeError || error instanceof RangeError)
      throw refuse("it cannot be written as JSON");
    throw error;
  }
}

function decodeText(bytes: Uint8Array, refuse: (reason: string) => Error): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) throw refuse("it is no UTF-8");
    throw error;
  }
}

/** Brackets outside of strings are all that counts; whether the rest is JSON is for the parser to say. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/gs)) {
    if (token === "[" || token === "{") depth += 1;
    else if (token === "]" || token === "}") depth -= 1;
    if (depth > maxDepth) return true;
  }
  return false;
}
