import { isJsonObject, type JsonObject, printable } from "../core/index.ts";
import { type CborComponent, cborComponent } from "./cbor-component.ts";
import { encodeCbor } from "./cbor-document.ts";
import { allFields } from "./entry-fields.ts";
import { type BadEntry, unconvertible } from "./invalid-lockfile.ts";
import type { LockDialect } from "./lock-entry.ts";
import { openLockfile } from "./parse-lockfile.ts";

/** What a dialect has no place for. */
export interface LostKeys {
  /** The entry that has them, counted from 0; `undefined` for what stands beside the entries. */
  readonly index: number | undefined;
  /** What the entry is called. */
  readonly name: string | undefined;
  /** As in `range`. */
  readonly keys: readonly string[];
}

/** A lockfile in another dialect. */
export interface ConvertedLockfile {
  readonly bytes: Uint8Array;
  /** How many entries it has. */
  readonly entries: number;
  /** What is not in it; empty when it says all that the first one said. */
  readonly lost: readonly LostKeys[];
}

/** How {@link convertLockfile} works. */
export interface ConvertLockfileOptions {
  /** The file's name, for messages. Nothing is read from there. */
  readonly path: string;
  readonly to: LockDialect;
}

/**
 * Writes a lockfile anew in a dialect. Keys that mean something get the spelling that every reader has in common (see
 * `printLockfile`), all others stay as they are, and nothing is made up. Entries keep their order where it can be seen.
 * @throws {DistError} INVALID_LOCKFILE when it is none; INVALID_INPUT that names the entries which cannot be written so
 */
export async function convertLockfile(
  bytes: Uint8Array,
  { path, to }: ConvertLockfileOptions,
): Promise<ConvertedLockfile> {
  const { entries, values, beside } = await openLockfile(bytes, { path });
  const fields = entries.map((entry, i) => allFields(entry, values[i]));
  const lostBeside = Object.keys(beside).filter((key) => to !== "json-object" || holdsBytes(beside[key]));
  const components = to === "cbor" ? cborComponents(fields, path) : undefined;
  const lost = fields.flatMap((one, index): readonly LostKeys[] => {
    const keys = components?.[index]?.lost ?? Object.keys(one).filter((key) => holdsBytes(one[key]));
    return keys.length === 0 ? [] : [{ index, name: entries[index]?.name, keys }];
  });
  return {
    bytes:
      components === undefined
        ? printJson(to, beside, fields)
        : await encodeCbor({
            version: 1,
            components: Object.fromEntries(components.map(({ id, component }) => [id, component])),
          }),
    entries: entries.length,
    lost: [
      ...(lostBeside.length === 0 ? [] : [{ index: undefined, name: undefined, keys: lostBeside }]),
      ...lost,
    ],
  };
}

function printJson(to: LockDialect, beside: JsonObject, fields: readonly JsonObject[]): Uint8Array {
  const components = fields.map(withoutBytes);
  const document =
    to === "json-array" ? components : { schema_version: 1, ...withoutBytes(beside), components };
  return new TextEncoder().encode(`${JSON.stringify(document, undefined, 2)}\n`);
}

function cborComponents(fields: readonly JsonObject[], path: string): readonly CborComponent[] {
  const converted = fields.map((one, index) => cborComponent(index, one));
  const ids = new Map<string, number>();
  const all = converted.map((one, index): CborComponent | BadEntry => {
    if ("reason" in one) return one;
    const first = ids.get(one.id);
    ids.set(one.id, first ?? index);
    return first === undefined
      ? one
      : { index, name: printable(one.id), reason: `is the same component as entry ${first}` };
  });
  const bad = all.filter((one) => "reason" in one);
  if (bad.length > 0) throw unconvertible(path, bad);
  return all.filter((one) => "component" in one);
}

function withoutBytes(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !holdsBytes(value)));
}

/** Whether a value of CBOR has something in it that JSON has no word for. */
function holdsBytes(value: unknown): boolean {
  if (value instanceof Uint8Array) return true;
  if (Array.isArray(value)) return value.some(holdsBytes);
  return isJsonObject(value) && Object.values(value).some(holdsBytes);
}
