import { normalize } from "node:path/posix";
import { isDistError, parseReference } from "../core/index.ts";
import { withSlashes } from "./entry-reference.ts";
import { parseRangedReference, splitVersion } from "./tag-range.ts";

/** A reference as two lockfiles can be compared by it: where something is, and which of what is there. */
export interface PlacedReference {
  /** `registry/repository`, an address or a path. The same for two spellings of one place. */
  readonly place: string;
  /** A tag or digest; `undefined` where a place holds one thing. */
  readonly version: string | undefined;
}

/** Takes a reference of a lockfile apart, also one with a range. Nothing is looked at: a word that could be a name of Docker Hub is one. */
export function placedReference(text: string): PlacedReference {
  const ranged = parseRangedReference(text);
  if (ranged !== undefined) return { ...placedReference(ranged.base), version: ranged.range };
  const reference = understood(text);
  switch (reference?.kind) {
    case "oci": {
      const { registry, repository, tag, digest } = reference.name;
      return { place: `${registry}/${repository}`, version: digest ?? tag };
    }
    case "mapped": {
      const { base, mark, version } = splitVersion(reference.target);
      return { place: `${reference.scheme}://${base}`, version: mark === "" ? undefined : version };
    }
    case "https":
      return { place: reference.url.href, version: undefined };
    case "file":
      return { place: normalize(reference.path), version: undefined };
    case "layout":
      return { place: normalize(reference.path), version: reference.name ?? reference.digest };
    case "digest":
    case "fixture":
      return { place: text, version: undefined };
    case undefined:
      return { place: normalize(text), version: undefined };
  }
}

/** `undefined` for what can only be a path. */
function understood(text: string) {
  try {
    return parseReference(withSlashes(text), { pathExists: () => false });
  } catch (error) {
    if (!isDistError(error, "NOT_FOUND") && !isDistError(error, "INVALID_REFERENCE")) throw error;
    return undefined;
  }
}
