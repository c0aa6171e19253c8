import { isJsonObject, type JsonObject, printable } from "../core/index.ts";
import { referenceFlaw } from "./entry-reference.ts";
import {
  bundledPath,
  byteCount,
  contentDigest,
  createFieldReader,
  digest,
  flag,
  shown,
  text,
} from "./field-kinds.ts";
import type { BadEntry } from "./invalid-lockfile.ts";
import type { LockEntry } from "./lock-entry.ts";
import { parseRangedReference } from "./tag-range.ts";

/**
 * Reads one entry: a reference, or an object in any of the spellings that are in use. Keys that are not known are
 * passed over, so nothing that a lock says about credentials, mirrors or insecure hosts has a meaning.
 *
 * @param id the key that the entry stands under in a map; it is the entry's name and must be its component id
 */
export function parseEntry(value: unknown, index: number, id?: string): LockEntry | BadEntry {
  const fields = fieldsOf(value, id);
  if (fields === undefined) {
    const expected = id === undefined ? "expected a reference or an object" : "expected an object";
    return badEntry(index, id, [`is ${shown(value)}, ${expected}`]);
  }
  const flaws: string[] = [];
  const field = createFieldReader(fields, flaws);
  const digests = {
    digest: field(["digest", "resolved_digest"], digest),
    contentDigest: field(["wasm_sha256", "sha256"], contentDigest),
  };
  const reference =
    field(["reference", "ref", "source_ref"], text) ?? digests.digest ?? digests.contentDigest ?? "";
  const bundled = field(["bundled"], flag);
  const entry: LockEntry = {
    index,
    name: field(["name"], text),
    reference,
    range: field(["range"], text) ?? parseRangedReference(reference)?.range,
    ...digests,
    componentId: field(["component_id"], text),
    bundledPath: field(["bundled_path", "path"], bundledPath),
    hasSignature: (fields["signature"] ?? undefined) !== undefined,
    sizeBytes: field(["size_bytes"], byteCount),
    mediaType: field(["media_type"], text),
  };
  if (flaws.length === 0) flaws.push(...contradictions(entry, bundled, id));
  return flaws.length === 0 ? entry : badEntry(index, entry.name ?? entry.componentId, flaws);
}

function fieldsOf(value: unknown, id: string | undefined): JsonObject | undefined {
  if (isJsonObject(value)) return id === undefined ? value : { ...value, name: id };
  return typeof value === "string" && id === undefined ? { reference: value } : undefined;
}

/** What is wrong with an entry whose fields are each as they should be. */
function contradictions(entry: LockEntry, bundled: boolean | undefined, id: string | undefined): string[] {
  const flaws: string[] = [];
  if (entry.reference === "") flaws.push("has neither a reference nor a digest");
  if (id !== undefined && entry.componentId !== id) {
    flaws.push(`has the component_id ${shown(entry.componentId)}, expected the key it stands under`);
  }
  if (id !== undefined && entry.digest === undefined) flaws.push("has no resolved_digest");
  if (bundled === true && entry.bundledPath === undefined) flaws.push("is bundled and has no bundled_path");
  if (bundled === false && entry.bundledPath !== undefined) {
    flaws.push("has a bundled_path and is not bundled");
  }
  const flaw = referenceFlaw(entry.reference);
  return flaw === undefined ? flaws : [...flaws, flaw];
}

function badEntry(index: number, name: string | undefined, flaws: readonly string[]): BadEntry {
  return { index, name: name === undefined ? undefined : printable(name), reason: flaws.join(", ") };
}
