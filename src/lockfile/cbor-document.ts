import type { DecodeOptions, Token } from "cborg";
import { type Decoded, printable } from "../core/index.ts";
import { lockfileLimits } from "./lock-entry.ts";

const options: DecodeOptions = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowBigInt: false,
  allowNaN: false,
  allowInfinity: false,
  rejectDuplicateMapKeys: true,
};

/** How the decoder's own errors begin. */
const errorPrefix = "CBOR decode error: ";

/**
 * Decodes the deterministic CBOR that pack tools write (RFC 8949, 4.2.1): definite lengths, shortest integers, no
 * tags, keys that are text and given once. Their order is left open.
 */
export async function decodeCbor(bytes: Uint8Array): Promise<Decoded> {
  const { decode, Tokenizer } = await import("cborg");
  const tokens = new Tokenizer(bytes, options);
  const limitDepth = createDepthLimit();
  const next = (): Token => {
    const token = tokens.next();
    limitDepth(token);
    return token;
  };
  const tokenizer = { next, pos: () => tokens.pos(), done: () => tokens.done() };
  try {
    const value: unknown = decode(bytes, { ...options, tokenizer });
    return { value };
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith(errorPrefix))) throw error;
    return { flaw: `is no valid CBOR: ${printable(error.message.slice(errorPrefix.length))}` };
  }
}

/** Encodes as {@link decodeCbor} reads: keys in the order of their bytes. */
export async function encodeCbor(value: unknown): Promise<Uint8Array> {
  const { encode } = await import("cborg");
  return encode(value);
}

/** The decoder calls itself for what is nested, so nesting is limited before it gets there. */
function createDepthLimit(): (token: Token) => void {
  /** How many items each open list or map still waits for, innermost last. */
  const awaited: number[] = [];
  return ({ type, value }) => {
    const rest = awaited.pop();
    if (rest !== undefined) awaited.push(rest - 1);
    if (type.name === "array") awaited.push(Number(value));
    if (type.name === "map") awaited.push(2 * Number(value));
    while (awaited.at(-1) === 0) awaited.pop();
    if (awaited.length > lockfileLimits.depth) {
      throw new Error(`${errorPrefix}nested deeper than ${lockfileLimits.depth} levels`);
    }
  };
}
