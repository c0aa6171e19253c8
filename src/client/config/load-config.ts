import { DistError, isJsonObject, printable } from "../../core/index.ts";
import { type Environment, variable } from "../settings/environment.ts";
import {
  type ConfigKey,
  configKeyNames,
  configKeys,
  type ConfigKeySpec,
  type ConfigValues,
  sharedTables,
  variableOf,
} from "./config-keys.ts";
import { configPlaces, type ConfigScope, type ConfigSearch } from "./config-places.ts";
import { type ConfigFile, readConfigFile } from "./read-config-file.ts";

/** Where a value comes from. */
export type ConfigOrigin =
  | { readonly from: "option" | "variable"; readonly name: string }
  | { readonly from: ConfigScope; readonly path: string; readonly line: number }
  | { readonly from: "default" };

/** The value that counts, and where it comes from. */
export interface ConfigEntry<T> {
  /** `undefined`: nobody says anything, and whoever uses the key has a default of its own. */
  readonly value: T | undefined;
  /** The same for people, without secrets and safe to print. */
  readonly shown: string | undefined;
  readonly origin: ConfigOrigin;
}

/** The configuration that counts. */
export interface Config {
  readonly get: <K extends ConfigKey>(key: K) => ConfigEntry<ConfigValues[K]>;
  /** What is most likely a mistake in a file, a sentence each. */
  readonly warnings: readonly string[];
}

/** What the command line says: values that were checked, and the option that they were given with. */
export type ConfigOptions = {
  readonly [K in ConfigKey]?: { readonly value: ConfigValues[K]; readonly name: string } | undefined;
};

/**
 * Reads the configuration: what options say goes before variables, those before the project's file, that before the
 * user's, and that before the defaults. Everything that is there is checked, whether it counts or not.
 * @throws {DistError} INVALID_CONFIG that names the variable; or the file, the line and the key
 */
export async function loadConfig(search: ConfigSearch, options: ConfigOptions = {}): Promise<Config> {
  const places = configPlaces(search);
  const found = await Promise.all(places.map(readConfigFile));
  const files = found.filter((file) => file !== undefined);
  const get = <K extends ConfigKey>(key: K): ConfigEntry<ConfigValues[K]> =>
    entryOf(key, options[key], search.env, files);
  const warnings = files.flatMap(unknownKeys);
  for (const key of configKeyNames) get(key);
  return { get, warnings };
}

function entryOf<K extends ConfigKey>(
  key: K,
  option: ConfigOptions[K],
  env: Environment,
  files: readonly ConfigFile[],
): ConfigEntry<ConfigValues[K]> {
  const spec: ConfigKeySpec<ConfigValues[K]> = configKeys[key];
  const given: ConfigEntry<ConfigValues[K]>[] = [];
  const entry = (value: ConfigValues[K] | undefined, origin: ConfigOrigin): ConfigEntry<ConfigValues[K]> => ({
    value,
    shown: value === undefined ? undefined : spec.kind.show(value),
    origin,
  });
  if (option !== undefined) given.push(entry(option.value, { from: "option", name: option.name }));
  const name = variableOf(key);
  const text = variable(env, name);
  if (text !== undefined) {
    const value = spec.kind.parse(text);
    if (value === undefined) throw wrongValue(spec, name, text, {});
    given.push(entry(value, { from: "variable", name }));
  }
  for (const file of files) {
    const { scope, path } = file;
    const raw = rawValue(file, key);
    if (raw === undefined) continue;
    const line = file.lineOf(key.split("."));
    const value = spec.kind.read(raw);
    const where = `${place(path, line)}: ${key}`;
    if (value === undefined) throw wrongValue(spec, where, raw, { path, key, line });
    given.push(entry(value, { from: scope, path, line }));
  }
  const [first = entry(spec.fallback, { from: "default" })] = given;
  refuseWeakening(key, spec, first);
  return first;
}

/** What a file says for a key; nothing, and JSON's null, say nothing. */
function rawValue({ tables, path, lineOf }: ConfigFile, key: ConfigKey): unknown {
  const [table = "", name = ""] = key.split(".");
  const fields = Object.hasOwn(tables, table) ? (tables[table] ?? undefined) : undefined;
  if (fields === undefined) return undefined;
  if (!isJsonObject(fields)) {
    const line = lineOf([table]);
    const details = { path: printable(path), key: table, line };
    throw new DistError("INVALID_CONFIG", `${place(path, line)}: ${table} is no table`, details, {
      hint: `write [${table}] on a line of its own, and its keys below`,
    });
  }
  return Object.hasOwn(fields, name) ? (fields[name] ?? undefined) : undefined;
}

function refuseWeakening<T>(
  key: ConfigKey,
  spec: ConfigKeySpec<T>,
  { value, shown = "", origin }: ConfigEntry<T>,
): void {
  if (origin.from !== "project" || value === undefined || spec.isWeakening?.(value) !== true) return;
  const { path, line } = origin;
  throw new DistError(
    "INVALID_CONFIG",
    `${place(path, line)}: ${key} must not be \`${shown}\` in a project's file, which others may have written`,
    { path: printable(path), key, line },
    { hint: `when you want it, say so yourself: ${variableOf(key)}=${shown.replaceAll(", ", ",")}` },
  );
}

/**
 * Keys that nobody knows, in tables that are shared with other tools.
 * @throws {DistError} INVALID_CONFIG for one in a table that is ours alone
 */
function unknownKeys({ tables, path, lineOf }: ConfigFile): readonly string[] {
  const unknown = (keys: readonly string[]): string =>
    `${place(path, lineOf(keys))}: unknown key \`${printable(keys.join("."))}\``;
  return Object.entries(tables).flatMap(([table, fields]) => {
    const ours = configKeyNames.flatMap((key) =>
      key.startsWith(`${table}.`) ? [key.slice(table.length + 1)] : [],
    );
    const others = Object.hasOwn(sharedTables, table) ? sharedTables[table] : undefined;
    if (ours.length === 0 && others === undefined) return [unknown([table])];
    if (others === true || !isJsonObject(fields)) return [];
    const strange = Object.keys(fields).filter(
      (name) => !ours.includes(name) && others?.includes(name) !== true,
    );
    const [first] = strange;
    if (others !== undefined || first === undefined) return strange.map((name) => unknown([table, name]));
    throw new DistError(
      "INVALID_CONFIG",
      `${unknown([table, first])}, expected ${ours.join(", ")}`,
      { path: printable(path), key: printable(`${table}.${first}`), line: lineOf([table, first]) },
      { hint: "correct its name, or remove it" },
    );
  });
}

function wrongValue<T>(
  { kind: { expected, isSecret }, example }: ConfigKeySpec<T>,
  where: string,
  value: unknown,
  details: { readonly path?: string; readonly key?: string; readonly line?: number },
): DistError<"INVALID_CONFIG"> {
  const got = isSecret ? "something else" : shownValue(value);
  const path = details.path === undefined ? {} : { path: printable(details.path) };
  return new DistError(
    "INVALID_CONFIG",
    `${where} is ${got}, expected ${expected}`,
    { ...details, ...path },
    { hint: `as in ${example}` },
  );
}

/** A value out of a file or variable as it may be shown in a message. */
function shownValue(value: unknown): string {
  if (typeof value === "string") return `\`${printable(value)}\``;
  if (Array.isArray(value)) return "a list";
  if (value instanceof Date) return "a date";
  return typeof value === "number" || typeof value === "boolean" ? String(value) : "a table";
}

function place(path: string, line: number): string {
  return `${printable(path)}:${line}`;
}
