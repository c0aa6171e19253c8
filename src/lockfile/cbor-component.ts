import type { JsonObject } from "../core/index.ts";
import type { BadEntry } from "./invalid-lockfile.ts";

/** A component as it stands in `pack.lock.cbor`. */
export interface CborComponent {
  readonly id: string;
  readonly component: JsonObject;
  /** Keys of the fields that it does not have. */
  readonly lost: readonly string[];
}

const hexPattern = /^[0-9a-f]{64}$/;
const isText = (value: unknown): boolean => typeof value === "string" && value !== "";

/** What pack tools know of a component and a reader of references need not. */
const required: Readonly<Record<string, (value: unknown) => boolean>> = {
  abi_version: isText,
  describe_hash: (value) => typeof value === "string" && hexPattern.test(value),
  operations: Array.isArray,
};
const optional: ReadonlySet<string> = new Set(["ref", "world", "component_version", "role"]);

/** Makes a component of the fields of an entry, named after its component id or else its name. */
export function cborComponent(index: number, fields: JsonObject): CborComponent | BadEntry {
  const { name, digest, component_id: id = name } = fields;
  const missing = Object.entries(required).flatMap(([key, isGood]) => (isGood(fields[key]) ? [] : [key]));
  if (digest === undefined) missing.unshift("digest");
  if (typeof id !== "string") missing.unshift("component_id");
  if (typeof id !== "string" || missing.length > 0) {
    return {
      index,
      name: typeof name === "string" ? name : undefined,
      reason: `has no ${missing.join(", no ")}`,
    };
  }
  const kept = Object.entries(fields).filter(
    ([key, value]) => Object.hasOwn(required, key) || (optional.has(key) && isText(value)),
  );
  const held = new Set(["component_id", "digest", ...kept.map(([key]) => key)]);
  if (name === id) held.add("name");
  if (fields["bundled"] === false) held.add("bundled");
  return {
    id,
    component: { component_id: id, resolved_digest: digest, ...Object.fromEntries(kept) },
    lost: Object.keys(fields).filter((key) => !held.has(key)),
  };
}
