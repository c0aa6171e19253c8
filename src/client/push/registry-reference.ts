import {
  DistError,
  isDistError,
  parseOciName,
  parseReference,
  printable,
  type Reference,
  type ReferenceOf,
} from "../../core/index.ts";
import { mapReference, type RegistryBases } from "../../sources/index.ts";

/** How {@link parseRegistryReference} understands a reference. */
export interface RegistryReferenceOptions {
  readonly bases: RegistryBases;
  /** What to do about a reference to anything else, as a sentence of its own. */
  readonly hint: string;
  /** What is expected. Default: a reference with a tag. */
  readonly expected?: string | undefined;
  /** Whether something lies at this path, which is then no name in a registry. Default: nothing does. */
  readonly pathExists?: ((path: string) => boolean) | undefined;
}

/**
 * A reference to something in a registry.
 * @throws {DistError} INVALID_REFERENCE; INVALID_INPUT for a reference to anything else, as a path; UNMAPPED
 */
export function parseRegistryReference(
  text: string,
  { bases, hint, expected, pathExists = () => false }: RegistryReferenceOptions,
): ReferenceOf<"oci"> {
  let parsed: Reference;
  try {
    parsed = parseReference(text, { pathExists });
  } catch (error) {
    // Whether what can only be a path is there makes no difference.
    if (!isDistError(error, "NOT_FOUND")) throw error;
    throw inNoRegistry(text, hint, expected);
  }
  const reference = mapReference(parsed, { bases, fixtureDir: undefined });
  if (reference.kind !== "oci") throw inNoRegistry(text, hint, expected);
  return reference;
}

/** The error for what names nothing in a registry, where only that can be used. */
export function inNoRegistry(
  text: string,
  hint: string,
  expected = "a reference like ghcr.io/acme/hello:1.0",
): DistError<"INVALID_INPUT"> {
  const reference = printable(text);
  const other = parseOciName(text) === undefined ? "" : `; if a registry was meant, write oci://${reference}`;
  return new DistError(
    "INVALID_INPUT",
    `\`${reference}\` is not in a registry, expected ${expected}`,
    { reference },
    { hint: `${hint}${other}` },
  );
}
