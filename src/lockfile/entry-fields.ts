import { hexOf, isJsonObject, type JsonObject } from "../core/index.ts";
import type { LockEntry } from "./lock-entry.ts";

/** What is written of an entry. */
export type WrittenEntry = Partial<
  Pick<
    LockEntry,
    "name" | "range" | "digest" | "contentDigest" | "componentId" | "bundledPath" | "sizeBytes" | "mediaType"
  >
> & { readonly reference?: string | undefined };

/** Every key under which a reference can stand. */
export const referenceKeys: ReadonlySet<string> = new Set(["reference", "ref", "source_ref"]);

/** Every key that means something, in every spelling. */
const knownKeys: ReadonlySet<string> = new Set([
  ...referenceKeys,
  "name",
  "range",
  "digest",
  "resolved_digest",
  "wasm_sha256",
  "sha256",
  "component_id",
  "bundled_path",
  "path",
  "size_bytes",
  "media_type",
]);

/** An entry in JSON, in the spelling that every reader has in common; what it does not say is not in it. */
export function entryFields(entry: WrittenEntry): JsonObject {
  const { name, reference, range, digest, contentDigest, componentId, bundledPath, sizeBytes, mediaType } =
    entry;
  const fields = {
    name,
    ref: reference,
    range,
    digest,
    wasm_sha256: contentDigest && hexOf(contentDigest),
    component_id: componentId,
    bundled_path: bundledPath,
    size_bytes: sizeBytes,
    media_type: mediaType,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** The same, with all that the file says of it beside what is known here. */
export function allFields(entry: LockEntry, value: unknown): JsonObject {
  if (!isJsonObject(value)) return entryFields({ ...entry, range: undefined });
  const said = Object.entries(value).filter(([, one]) => one !== null);
  const hasReference = said.some(([key]) => referenceKeys.has(key));
  const hasRange = said.some(([key]) => key === "range");
  const known = entryFields({
    ...entry,
    // A digest can stand for a reference, and a reference can hold a range.
    reference: hasReference ? entry.reference : undefined,
    range: hasRange ? entry.range : undefined,
  });
  return { ...known, ...Object.fromEntries(said.filter(([key]) => !knownKeys.has(key))) };
}
