import {
  canBeRegistry,
  DistError,
  isDigest,
  parseReference,
  printable,
  type ReferenceOf,
} from "../../core/index.ts";
import type { RegistryBases } from "../../sources/index.ts";
import { inNoRegistry } from "../push/registry-reference.ts";
import { repositoryToWrite, type RepositoryToWrite } from "../push/repository-to-write.ts";

/** Where something is copied to: a repository, or an image layout on this machine. */
export type Destination = ({ readonly kind: "registry" } & RepositoryToWrite) | ReferenceOf<"layout">;

/**
 * Understands where `from` is to be copied to.
 * @throws {DistError} INVALID_REFERENCE, UNMAPPED; INVALID_INPUT for the cache, and for what is no place
 */
export function parseDestination(from: string, to: string, bases: RegistryBases): Destination {
  if (isDigest(to) || to === "cache" || to.startsWith("cache:")) {
    throw cacheIsNoDestination(to, `\`greentic-dist pull ${printable(from)}\` brings it there`);
  }
  const layout = parseLayout(to);
  if (layout !== undefined) return layout;
  refuseFile(to);
  return { kind: "registry", ...repositoryToWrite(to, bases, layoutHint(to)) };
}

/**
 * Refuses what was most likely meant for a file: it could be a repository of Docker Hub too.
 * @throws {DistError} INVALID_INPUT
 */
export function refuseFile(to: string): void {
  const first = to.slice(0, Math.max(to.indexOf("/"), 0));
  const looksLikeFile = looksLikeArchive(to) || to.endsWith("/");
  const isFile = isPath.test(to) || (looksLikeFile && !to.includes("://") && !canBeRegistry(first));
  if (isFile) throw inNoRegistry(to, layoutHint(to));
}

const isPath = /^(?:\/|\.\.?(?:\/|$)|~)/;

/** Whether a path has the name of a tar archive. */
export function looksLikeArchive(path: string): boolean {
  return /\.(?:tar|tar\.gz|tar\.zst|tgz)$/.test(path);
}

function layoutHint(to: string): string {
  const [what, form] = looksLikeArchive(to) ? ["an archive", "oci-archive"] : ["a folder", "oci-layout"];
  const path = to.replace(/^file:\/\//i, "");
  return `to make ${what} of it, write ${form}:${path.includes(":") ? "PATH" : printable(path)}`;
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

/** The error for the cache as a place to copy to; `hint` says what brings something there. */
export function cacheIsNoDestination(to: string, hint: string): DistError<"INVALID_INPUT"> {
  const reference = printable(to);
  return new DistError(
    "INVALID_INPUT",
    `\`${reference}\` is the cache, which nothing is copied to`,
    { reference },
    { hint },
  );
}
