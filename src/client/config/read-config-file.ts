import { join } from "node:path";
import { type Decoded, decodeJson, DistError, isJsonObject, printable } from "../../core/index.ts";
import { readRegularFile } from "../files/read-regular-file.ts";
import type { ConfigPlace, ConfigScope } from "./config-places.ts";
import { decodeToml, type SeeKey } from "./decode-toml.ts";

/** A configuration file, decoded; what its keys hold has not been looked at. */
export interface ConfigFile {
  readonly scope: ConfigScope;
  readonly path: string;
  /** The document: tables by their name. */
  readonly tables: Readonly<Record<string, unknown>>;
  /** The line, from 1, in which a key stands, or else the table that holds it. */
  readonly lineOf: (path: readonly string[]) => number;
}

const maxBytes = 1_048_576;
const maxDepth = 32;

type Decode = (bytes: Uint8Array, see: SeeKey) => Promise<Decoded>;

/** How a configuration file is read that has this name. */
const forms: readonly (readonly [name: string, decode: Decode])[] = [
  ["config.toml", (bytes, see) => decodeToml(bytes, maxDepth, see)],
  ["config.json", (bytes, onKey) => Promise.resolve(decodeJson(bytes, { maxDepth, onKey }))],
];

/** The names that a configuration file may have. */
export const configFileNames: readonly string[] = forms.map(([name]) => name);

/**
 * Reads the configuration file of a folder; `undefined` when there is none.
 * @throws {DistError} INVALID_CONFIG that names the file, and the line of what is wrong in it
 */
export async function readConfigFile({ scope, folder }: ConfigPlace): Promise<ConfigFile | undefined> {
  const files = await Promise.all(forms.map(([name, decode]) => readForm(scope, join(folder, name), decode)));
  const [first, second] = files.filter((file) => file !== undefined);
  if (first !== undefined && second !== undefined) {
    const names = configFileNames.map((name) => `\`${name}\``).join(" and ");
    throw invalidConfig(`\`${printable(folder)}\` holds both ${names}`, first.path, "keep one of them");
  }
  return first;
}

async function readForm(scope: ConfigScope, path: string, decode: Decode): Promise<ConfigFile | undefined> {
  const content = await readRegularFile(path, maxBytes);
  if ("flaw" in content) {
    if (content.kind === "missing") return undefined;
    throw flawed(path, content.flaw, content.cause);
  }
  refuseForeign(path, content.uid);
  const lines = new Map<string, number>();
  const see: SeeKey = (keys, line) => {
    const key = JSON.stringify(keys);
    if (!lines.has(key)) lines.set(key, line);
  };
  const decoded = await decode(content.bytes, see);
  if ("flaw" in decoded) throw flawed(path, decoded.flaw);
  if (!isJsonObject(decoded.value)) throw flawed(path, "is no object of JSON (line 1)");
  const lineOf = (keys: readonly string[]): number =>
    lines.get(JSON.stringify(keys)) ?? (keys.length > 1 ? lineOf(keys.slice(0, -1)) : 1);
  return { scope, path, tables: decoded.value, lineOf };
}

/** In a folder that several write to, as /tmp, another user's file must not say where our requests go. */
function refuseForeign(path: string, owner: number): void {
  const user = process.getuid?.() ?? 0;
  if (user === 0 || owner === user || owner === 0) return;
  throw invalidConfig(
    `configuration file \`${printable(path)}\` belongs to another user (${owner}, this one is ${user})`,
    path,
    "make it yours with chown when you trust what it says, else remove it or work in another folder",
  );
}

function flawed(path: string, flaw: string, cause?: unknown): DistError<"INVALID_CONFIG"> {
  const message = `configuration file \`${printable(path)}\` ${flaw}`;
  return invalidConfig(message, path, "correct it, or remove it", cause);
}

function invalidConfig(
  message: string,
  path: string,
  hint: string,
  cause?: unknown,
): DistError<"INVALID_CONFIG"> {
  return new DistError("INVALID_CONFIG", message, { path: printable(path) }, { hint, cause });
}
