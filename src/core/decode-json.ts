import { printable } from "./printable.ts";

/** A document that was decoded, or what is wrong with it: continues a sentence that begins with its name. */
export type Decoded = { readonly value: unknown } | { readonly flaw: string };

/** How {@link decodeJson} reads. */
export interface DecodeJsonOptions {
  /** How many objects and lists may stand in each other. */
  readonly maxDepth: number;
  /** Hears of each key: the keys that lead to it and itself (a list on the way is ""), and its line, from 1. */
  readonly onKey?: ((path: readonly string[], line: number) => void) | undefined;
}

/**
 * Decodes UTF-8 JSON. What `JSON.parse` would let pass is refused: a key that is given twice, of which each reader
 * may take another one, and nesting without end. A flaw names its line and quotes no value, which may be a secret.
 */
export function decodeJson(bytes: Uint8Array, options: DecodeJsonOptions): Decoded {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return { flaw: "is not in UTF-8" };
    throw error;
  }
  const flaw = flawOf(text, options);
  return flaw === undefined ? { value: JSON.parse(text) } : { flaw };
}

/** An object or a list that is still open. */
interface Level {
  readonly close: "}" | "]";
  readonly keys: Set<string> | undefined;
  key: string;
}

/** What may come next; `first` is a key or a value that need not be there. */
type Expected = "first" | "key" | "value" | "more";

const space = /[ \t\r\n]*/y;
const scalar = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)/y;
const stringPart = /[ !#-[\]-\u{10ffff}]*(?:\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4}))?/uy;

/** RFC 8259, and how many levels and equal keys there are; `JSON.parse` does not say where its errors are. */
function flawOf(text: string, { maxDepth, onKey }: DecodeJsonOptions): string | undefined {
  const open: Level[] = [];
  let expected: Expected = "value";
  let at = 0;
  let line = 1;
  const skipSpace = (): void => {
    const start = at;
    at = endOf(space, text, at);
    line += text.slice(start, at).split("\n").length - 1;
  };
  const invalid = (): string => `is no valid JSON (line ${line})`;
  for (;;) {
    skipSpace();
    const level = open.at(-1);
    const character = text[at];
    if (level === undefined && expected === "more") return at < text.length ? invalid() : undefined;
    if (level !== undefined && character === level.close && (expected === "more" || expected === "first")) {
      open.pop();
      expected = "more";
      at += 1;
    } else if (expected === "more") {
      if (character !== ",") return invalid();
      expected = level?.keys === undefined ? "value" : "key";
      at += 1;
    } else if (level?.keys !== undefined && expected !== "value") {
      const end = endOfString(text, at);
      if (end === undefined) return invalid();
      const key = String(JSON.parse(text.slice(at, end)));
      if (level.keys.has(key)) {
        return `gives the key \`${printable(key)}\` twice in one object (line ${line})`;
      }
      level.keys.add(key);
      level.key = key;
      onKey?.(
        open.map((outer) => outer.key),
        line,
      );
      at = end;
      skipSpace();
      if (text[at] !== ":") return invalid();
      expected = "value";
      at += 1;
    } else if (character === "{" || character === "[") {
      if (open.length === maxDepth) return `is nested deeper than ${maxDepth} levels (line ${line})`;
      const isObject = character === "{";
      open.push({ close: isObject ? "}" : "]", keys: isObject ? new Set() : undefined, key: "" });
      expected = "first";
      at += 1;
    } else {
      const end = character === '"' ? endOfString(text, at) : endOf(scalar, text, at);
      if (end === undefined || end === at) return invalid();
      expected = "more";
      at = end;
    }
  }
}

/** Where the string ends that begins at `start`; `undefined` when there is none, or when it is malformed. */
function endOfString(text: string, start: number): number | undefined {
  if (text[start] !== '"') return undefined;
  let at = start + 1;
  while (text[at] !== '"') {
    const end = endOf(stringPart, text, at);
    if (end === at) return undefined;
    at = end;
  }
  return at + 1;
}

function endOf(pattern: RegExp, text: string, start: number): number {
  pattern.lastIndex = start;
  return pattern.test(text) ? pattern.lastIndex : start;
}
