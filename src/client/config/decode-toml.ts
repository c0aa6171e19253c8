import { type Decoded, printable } from "../../core/index.ts";
import { tomlLines } from "./toml-lines.ts";

/** Hears of each key of a document, with the line, from 1, in which it stands. */
export type SeeKey = (path: readonly string[], line: number) => void;

/** What TOML says, or what is wrong with it; `see` hears of its tables and of what is in them. */
export async function decodeToml(bytes: Uint8Array, maxDepth: number, see: SeeKey): Promise<Decoded> {
  const { parse, TomlError } = await import("smol-toml");
  const text = textOf(bytes);
  if (text === undefined) return { flaw: "is not in UTF-8" };
  try {
    const value = parse(text, { maxDepth });
    tomlLines(text, see);
    return { value };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // Below its first line the message quotes the file, which may hold a secret.
    const reason = error.message.split("\n", 1)[0]?.replace(/^[^:]*: /, "") ?? "";
    return { flaw: `is no valid TOML: ${printable(reason)} (line ${error.line}, column ${error.column})` };
  }
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
