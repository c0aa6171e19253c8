import { printable } from "../core/index.ts";
import { lockfileLimits } from "./lock-entry.ts";

/** A document that was decoded, or what is wrong with it. */
export type Decoded = { readonly value: unknown } | { readonly flaw: string };

/**
 * Decodes JSON. What `JSON.parse` would let pass is refused: a key that is given twice, of which each reader may take
 * another one, and nesting without end.
 */
export function decodeJson(bytes: Uint8Array): Decoded {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return { flaw: "is not in UTF-8" };
    throw error;
  }
  try {
    const value: unknown = JSON.parse(text);
    const flaw = loosenessOf(text);
    return flaw === undefined ? { value } : { flaw };
  } catch (error) {
    // Its message quotes the file, which may hold a secret.
    if (error instanceof SyntaxError) return { flaw: `is no valid JSON${placeOf(error, text)}` };
    throw error;
  }
}

/** What is loose in a text that is valid JSON. */
function loosenessOf(text: string): string | undefined {
  /** The keys seen in each open object; `undefined` for an open list. */
  const open: (Set<string> | undefined)[] = [];
  let expectsKey = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === "{" || character === "[") {
      expectsKey = character === "{";
      open.push(expectsKey ? new Set() : undefined);
      if (open.length > lockfileLimits.depth) return `is nested deeper than ${lockfileLimits.depth} levels`;
    } else if (character === "}" || character === "]") {
      open.pop();
    } else if (character === ",") {
      expectsKey = open.at(-1) !== undefined;
    } else if (character === '"') {
      const end = endOfString(text, i);
      const keys = expectsKey ? open.at(-1) : undefined;
      const key = String(keys && JSON.parse(text.slice(i, end)));
      if (keys?.has(key)) return `gives the key \`${printable(key)}\` twice in one object${lineAt(text, i)}`;
      keys?.add(key);
      expectsKey = false;
      i = end - 1;
    }
  }
  return undefined;
}

function endOfString(text: string, start: number): number {
  let end = start + 1;
  while (text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
  return end + 1;
}

/** V8 says where for most mistakes, not for all. */
function placeOf(error: SyntaxError, text: string): string {
  const position = /at position (\d+)/.exec(error.message)?.[1];
  return position === undefined ? "" : lineAt(text, Number(position));
}

function lineAt(text: string, position: number): string {
  return ` (line ${text.slice(0, position).split("\n").length})`;
}
