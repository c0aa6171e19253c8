import { DistError, isDigest, parseReference, printable, type ReferenceOf } from "../../core/index.ts";
import type { RegistryBases } from "../../sources/index.ts";
import { repositoryToWrite, type RepositoryToWrite } from "../push/repository-to-write.ts";

/** Where something is copied to: a repository, or an image layout on this machine. */
export type Destination = ({ readonly kind: "registry" } & RepositoryToWrite) | ReferenceOf<"layout">;

/**
 * Understands where something is to be copied to.
 * @throws {DistError} INVALID_REFERENCE, UNMAPPED; INVALID_INPUT for the cache, and for what is no place
 */
export function parseDestination(to: string, bases: RegistryBases): Destination {
  if (isDigest(to) || to === "cache" || to.startsWith("cache:")) throw cacheIsNoDestination(to);
  return parseLayout(to) ?? { kind: "registry", ...repositoryToWrite(to, bases) };
}

/**
 * An image layout that something is to be copied to; `undefined` for any other place.
 * @throws {DistError} INVALID_REFERENCE
 */
export function parseLayout(to: string): ReferenceOf<"layout"> | undefined {
  if (!/^oci-(?:layout|archive):/.test(to)) return undefined;
  const reference = parseReference(to, { pathExists: () => false });
  return reference.kind === "layout" ? reference : undefined;
}

/** The error for the cache as a place to copy to. */
export function cacheIsNoDestination(to: string): DistError<"INVALID_INPUT"> {
  const reference = printable(to);
  return new DistError(
    "INVALID_INPUT",
    `\`${reference}\` is the cache, which nothing is copied to`,
    { reference },
    { hint: "`greentic-dist pull REF` brings an artifact there, `greentic-dist load FILE` a whole layout" },
  );
}
