import {
  type Digest,
  DistError,
  type OciName,
  parseOciName,
  printable,
  printOciName,
} from "../../core/index.ts";
import { cacheIsNoDestination } from "./parse-destination.ts";

/** What goes below a prefix, as messages name it. */
export interface ManyArtifacts {
  /** Continues "is no place for all that". */
  readonly what: string;
  /** The command that brings it all into the cache. */
  readonly toCache: string;
  /** Which places there are beside a prefix, to follow on one. Default: none. */
  readonly orElse?: string | undefined;
}

/**
 * Where images go below a prefix: each to its own repository's path, under its own tag, else by its digest.
 * @returns the place of an image; it throws INVALID_INPUT when two are to go to one
 * @throws {DistError} INVALID_INPUT
 */
export function placesBelow(prefix: string, many: ManyArtifacts): (name: OciName, digest: Digest) => OciName {
  const bare = prefix.replace(/^oci:\/\//, "").replace(/\/$/, "");
  if (bare === "cache" || bare.startsWith("cache:")) {
    throw cacheIsNoDestination(prefix, `\`${many.toCache}\` brings it there`);
  }
  if (parseOciName(`${bare}/x`) === undefined) throw noPlaceForAll(prefix, many);
  const taken = new Map<string, Digest>();
  return ({ repository, tag }, digest) => {
    const text = `${bare}/${repository}${tag === undefined ? `@${digest}` : `:${tag}`}`;
    const name = parseOciName(text);
    if (name === undefined) throw noPlaceForAll(text, many);
    const before = taken.get(text) ?? digest;
    if (before !== digest) throw sharedPlace(printOciName(name), before, digest);
    taken.set(text, digest);
    return name;
  };
}

/** The error for what cannot take many artifacts. */
export function noPlaceForAll(to: string, { what, orElse = "" }: ManyArtifacts): DistError<"INVALID_INPUT"> {
  const reference = printable(to);
  return new DistError(
    "INVALID_INPUT",
    `\`${reference}\` is no place for all that ${what}`,
    { reference },
    {
      hint: `name what comes before their own paths, as in registry.example.com/mirror${orElse}`,
    },
  );
}

function sharedPlace(place: string, before: Digest, digest: Digest): DistError<"INVALID_INPUT"> {
  const reference = printable(place);
  const message = `\`${reference}\` is to be ${before} and ${digest}`;
  const hint = "copy one of them by itself, to a repository that you name";
  return new DistError("INVALID_INPUT", message, { reference }, { hint });
}
