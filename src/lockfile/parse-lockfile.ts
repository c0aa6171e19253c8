import { decodeJson, isJsonObject, type JsonObject } from "../core/index.ts";
import { decodeCbor } from "./cbor-document.ts";
import { shown } from "./field-kinds.ts";
import { formOf } from "./form-of.ts";
import { invalidLockfile } from "./invalid-lockfile.ts";
import { type Lockfile, lockfileLimits } from "./lock-entry.ts";
import { parseEntries, type RawEntry } from "./parse-entries.ts";

/** What {@link parseLockfile} must know. */
export interface ParseLockfileOptions {
  /** The file's name, for messages. Nothing is read from there. */
  readonly path: string;
}

/** The one version of both formats so far. */
const schemaVersion = 1;

/**
 * Reads a lockfile and checks every entry of it. What it is written in is told by its bytes, never by its name: JSON,
 * as a list of entries or as `{schema_version?, components?: […]}`, or the CBOR of `pack.lock.cbor`. A lockfile says
 * what is wanted and pins it; whatever else it says is passed over.
 *
 * @throws {DistError} INVALID_LOCKFILE that names the file, and every entry that cannot be used
 */
export async function parseLockfile(bytes: Uint8Array, options: ParseLockfileOptions): Promise<Lockfile> {
  const { dialect, schemaVersion: said, entries } = await openLockfile(bytes, options);
  return { dialect, schemaVersion: said, entries };
}

/** A lockfile, and what stands in it as it stands there. */
interface OpenLockfile extends Lockfile {
  /** Of each entry. */
  readonly values: readonly unknown[];
  /** What is said beside the entries, the version apart. */
  readonly beside: JsonObject;
}

/**
 * The same, with what has no meaning here.
 * @throws {DistError} INVALID_LOCKFILE
 */
export async function openLockfile(bytes: Uint8Array, { path }: ParseLockfileOptions): Promise<OpenLockfile> {
  const form = formOf(bytes, path);
  const decoded =
    form === "cbor" ? await decodeCbor(bytes) : decodeJson(bytes, { maxDepth: lockfileLimits.depth });
  if ("flaw" in decoded) throw invalidLockfile(path, decoded.flaw, hintFor(bytes));
  const { value } = decoded;
  const dialect = form === "cbor" ? "cbor" : Array.isArray(value) ? "json-array" : "json-object";
  const raw = form === "cbor" ? entriesOfCbor(value, path) : entriesOfJson(value, path);
  const entries = parseEntries(raw, path);
  return {
    dialect,
    schemaVersion,
    entries,
    values: raw.map((one) => one.value),
    beside: besideEntries(value),
  };
}

function besideEntries(document: unknown): JsonObject {
  if (!isJsonObject(document)) return {};
  const own = new Set(["schema_version", "version", "components"]);
  return Object.fromEntries(Object.entries(document).filter(([key, one]) => one !== null && !own.has(key)));
}

function entriesOfJson(value: unknown, path: string): readonly RawEntry[] {
  if (!isJsonObject(value)) return rawEntries(value, path);
  const { schema_version: version, components = [] } = value;
  checkVersion("schema_version", version ?? schemaVersion, path);
  return rawEntries(components, path);
}

function rawEntries(list: unknown, path: string): readonly RawEntry[] {
  if (Array.isArray(list)) return list.map((value: unknown) => ({ value }));
  throw invalidLockfile(path, `has components that are ${shown(list)}, expected a list`);
}

function entriesOfCbor(value: unknown, path: string): readonly RawEntry[] {
  if (!isJsonObject(value)) throw invalidLockfile(path, "is CBOR, but no map");
  const { version, components } = value;
  checkVersion("version", version, path);
  if (!isJsonObject(components) || components instanceof Uint8Array) {
    throw invalidLockfile(path, `has components that are ${shown(components)}, expected a map`);
  }
  return Object.keys(components)
    .toSorted()
    .map((id) => ({ id, value: components[id] }));
}

function checkVersion(key: string, version: unknown, path: string): void {
  if (version === schemaVersion) return;
  const why = `has the ${key} ${shown(version)}, expected ${schemaVersion}`;
  if (typeof version !== "number" || version < schemaVersion) throw invalidLockfile(path, why);
  throw invalidLockfile(path, `${why}: this program is too old`, "install a newer greentic-dist");
}

function hintFor(bytes: Uint8Array): string | undefined {
  const hasConflict = /^(?:<{7}|>{7}) /m.test(new TextDecoder().decode(bytes));
  return hasConflict ? "a merge left its conflict marks in it: resolve them" : undefined;
}
