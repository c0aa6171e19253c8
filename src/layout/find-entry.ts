import { type Descriptor, type Digest, DistError, printable } from "../core/index.ts";
import type { Layout } from "./layout.ts";

/** The annotation that says what an entry of a layout is called (OCI image-spec v1.1, "Pre-Defined Annotation Keys"). */
export const refNameKey = "org.opencontainers.image.ref.name";

/** What is wanted of a layout. */
export interface Wanted {
  /** Default: whatever it is called. */
  readonly name: string | undefined;
  /** Default: any. */
  readonly digest: Digest | undefined;
}

/**
 * The manifest or index that is wanted of a layout: of a name, or else of a digest, or else the only one there is.
 * Digests may also be of manifests deeper in it.
 * @throws {DistError} NOT_FOUND; UNUSABLE_ARTIFACT when nothing says which one of several is wanted
 */
export function findEntry(
  { path, index: { manifests } }: Layout,
  { name, digest }: Wanted,
): Pick<Descriptor, "digest"> & { readonly mediaType?: string | undefined } {
  const named = manifests.filter((entry) => nameOf(entry) !== undefined);
  const called = name === undefined ? [] : distinct(named.filter((entry) => nameOf(entry) === name));
  if (called.length > 1) throw several(path, called);
  const [wanted] = called;
  if (wanted !== undefined) return wanted;
  if (digest !== undefined) return manifests.find((entry) => entry.digest === digest) ?? { digest };
  if (name !== undefined) throw unknownName(path, name, named);
  const [only, ...others] = distinct(named.length > 0 ? named : manifests);
  if (only === undefined) throw nothing(path);
  if (others.length > 0) throw several(path, [only, ...others]);
  return only;
}

/** What an entry of a layout is called. */
export function nameOf({ annotations }: Descriptor): string | undefined {
  return annotations.get(refNameKey);
}

/** One entry for each digest. */
function distinct(entries: readonly Descriptor[]): readonly Descriptor[] {
  return [...new Map(entries.map((entry) => [entry.digest, entry])).values()];
}

/** How many names a message lists. */
const listed = 20;

function describe(entries: readonly Descriptor[]): readonly string[] {
  return entries.map((entry) => printable(nameOf(entry) ?? entry.digest));
}

function list(entries: readonly Descriptor[]): string {
  const more = entries.length > listed ? `, and ${entries.length - listed} more` : "";
  return `${describe(entries.slice(0, listed)).join(", ")}${more}`;
}

function unknownName(path: string, name: string, named: readonly Descriptor[]): DistError<"NOT_FOUND"> {
  const shown = printable(path);
  const hint = named.length === 0 ? "nothing in it has a name: name a digest" : `it has ${list(named)}`;
  const message = `\`${shown}\` has nothing that is called \`${printable(name)}\``;
  return new DistError("NOT_FOUND", message, { path: shown }, { hint });
}

function nothing(path: string): DistError<"NOT_FOUND"> {
  const shown = printable(path);
  return new DistError("NOT_FOUND", `\`${shown}\` is empty`, { path: shown });
}

function several(path: string, entries: readonly Descriptor[]): DistError<"UNUSABLE_ARTIFACT"> {
  const shown = printable(path);
  return new DistError(
    "UNUSABLE_ARTIFACT",
    `\`${shown}\` has ${entries.length} artifacts: ${list(entries)}`,
    { path: shown, candidates: describe(entries) },
    { hint: "say which one, as in oci-archive:PATH:NAME or oci-archive:PATH@sha256:…" },
  );
}
