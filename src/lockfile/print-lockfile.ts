import { type Digest, DistError, printable } from "../core/index.ts";
import { entryFields } from "./entry-fields.ts";
import { parseEntry } from "./parse-entry.ts";

/** What is written down of one artifact. Name and digest are not optional: the runner refuses entries without. */
export interface LockRecord {
  readonly name: string;
  readonly reference: string;
  /** Which versions the reference's tag was chosen from. */
  readonly range?: string | undefined;
  readonly digest: Digest;
  readonly contentDigest?: Digest | undefined;
  readonly componentId?: string | undefined;
  readonly sizeBytes?: number | undefined;
  readonly mediaType?: string | undefined;
}

/**
 * Prints a lockfile, in the order of names. It is in the dialect that every reader has in common: the Rust client
 * knows `reference`, `ref` and `digest`; the runner `ref`, `source_ref`, `digest`, `resolved_digest`, and insists on
 * `schema_version: 1` and names that differ; pack tools insist on `ref` and `digest`, and on a `wasm_sha256` of bare
 * digits. So it is `ref`, `digest` and bare digits. Keys that are ours alone are passed over by all of them.
 *
 * @throws {DistError} INVALID_INPUT when a name is given twice, or a record could not be read back
 */
export function printLockfile(records: readonly LockRecord[]): string {
  const sorted = records.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const components = sorted.map(entryFields);
  for (const [index, { name }] of sorted.entries()) {
    const entry = parseEntry(components[index], index);
    if ("reason" in entry) throw unprintable(name, entry.reason);
    if (name === sorted[index - 1]?.name) throw unprintable(name, "is named twice");
  }
  return `${JSON.stringify({ schema_version: 1, components }, undefined, 2)}\n`;
}

function unprintable(name: string, flaw: string): DistError<"INVALID_INPUT"> {
  return new DistError(
    "INVALID_INPUT",
    `\`${printable(name)}\` cannot be written into a lockfile: it ${flaw}`,
    {},
    {
      hint: "give each artifact a name of its own, and log in instead of writing credentials into a reference",
    },
  );
}
