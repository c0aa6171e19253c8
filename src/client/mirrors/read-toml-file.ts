import { DistError, isJsonObject, type JsonObject, printable } from "../../core/index.ts";
import { decodeToml } from "../config/decode-toml.ts";
import { readRegularFile } from "../files/read-regular-file.ts";

const maxBytes = 1_048_576;
const maxDepth = 16;

/** A TOML file of another program: what is in it, and what to say of what is wrong there. */
export interface TomlFile {
  readonly path: string;
  readonly table: JsonObject;
}

/**
 * Reads a TOML file; `undefined` when there is none.
 * @throws {DistError} INVALID_CONFIG
 */
export async function readTomlFile(path: string): Promise<TomlFile | undefined> {
  const content = await readRegularFile(path, maxBytes);
  if ("flaw" in content) {
    if (content.kind === "missing") return undefined;
    throw invalidFile(path, content.flaw, content.cause);
  }
  const decoded = await decodeToml(content.bytes, maxDepth, () => undefined);
  if ("flaw" in decoded) throw invalidFile(path, decoded.flaw);
  return { path, table: isJsonObject(decoded.value) ? decoded.value : {} };
}

/** INVALID_CONFIG: `flaw` continues a sentence that begins with the file's name. */
export function invalidFile(path: string, flaw: string, cause?: unknown): DistError<"INVALID_CONFIG"> {
  const shown = printable(path);
  return new DistError(
    "INVALID_CONFIG",
    `\`${shown}\` ${flaw}`,
    { path: shown },
    { hint: "correct it; docs/networks.md says which keys of it are read", cause },
  );
}

/** What is under a key of one of several kinds; `undefined` when nothing is. */
export function readKey<K extends keyof Kinds>(
  { path }: Pick<TomlFile, "path">,
  table: JsonObject,
  key: string,
  kind: K,
): Kinds[K] | undefined {
  const value = Object.hasOwn(table, key) ? table[key] : undefined;
  if (value === undefined) return undefined;
  const read = kinds[kind](value);
  if (read === undefined) throw invalidFile(path, `has \`${key}\` that is not ${expectations[kind]}`);
  return read;
}

interface Kinds {
  readonly text: string;
  readonly switch: boolean;
  readonly texts: readonly string[];
  readonly table: JsonObject;
  readonly tables: readonly JsonObject[];
}

const expectations: Readonly<Record<keyof Kinds, string>> = {
  text: "a text",
  switch: "true or false",
  texts: "a text or a list of texts",
  table: "a table",
  tables: "a list of tables",
};

const kinds: { readonly [K in keyof Kinds]: (value: unknown) => Kinds[K] | undefined } = {
  text: (value) => (typeof value === "string" ? value : undefined),
  switch: (value) => (typeof value === "boolean" ? value : undefined),
  texts: (value) => {
    const list: readonly unknown[] = [value].flat();
    const texts = list.filter((one) => typeof one === "string");
    return texts.length === list.length ? texts : undefined;
  },
  table: (value) => (isJsonObject(value) ? value : undefined),
  tables: (value) => {
    if (!Array.isArray(value)) return undefined;
    const tables = value.filter(isJsonObject);
    return tables.length === value.length ? tables : undefined;
  },
};
