import { existsSync } from "node:fs";
import { DistError, type OciName, parseReference, printable } from "../../core/index.ts";
import { mapReference, type RegistryBases } from "../../sources/index.ts";

/** A repository that is to be written to, as a reference names it. */
export interface RepositoryToWrite {
  readonly name: OciName;
  /** Whose saved login comes first: that of a tenant of the store. */
  readonly tenant: string | undefined;
  /** Whether a digest is named: then the tag, if there is one, is for display. */
  readonly isPinned: boolean;
}

/**
 * What a reference to something in a registry names, as a place to write to.
 * @throws {DistError} INVALID_REFERENCE, INVALID_INPUT for a reference to anything else, UNMAPPED
 */
export function repositoryToWrite(target: string, bases: RegistryBases): RepositoryToWrite {
  const reference = mapReference(parseReference(target, { pathExists: existsSync }), {
    bases,
    fixtureDir: undefined,
  });
  if (reference.kind === "oci") {
    const { name, tenant } = reference;
    return { name, tenant, isPinned: name.digest !== undefined };
  }
  const shown = printable(target);
  throw new DistError(
    "INVALID_INPUT",
    `\`${shown}\` is not in a registry, expected a reference like ghcr.io/acme/hello:1.0`,
    { reference: shown },
    { hint: "the file comes first, and then where it goes" },
  );
}
