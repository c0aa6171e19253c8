import { existsSync } from "node:fs";
import type { OciName } from "../../core/index.ts";
import type { RegistryBases } from "../../sources/index.ts";
import { parseRegistryReference } from "./registry-reference.ts";

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
 * @param hint what to do about a reference to anything else
 * @throws {DistError} INVALID_REFERENCE, INVALID_INPUT for a reference to anything else, UNMAPPED
 */
export function repositoryToWrite(target: string, bases: RegistryBases, hint: string): RepositoryToWrite {
  const { name, tenant } = parseRegistryReference(target, { bases, hint, pathExists: existsSync });
  return { name, tenant, isPinned: name.digest !== undefined };
}
