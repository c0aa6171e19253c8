import {
  compareTags,
  DistError,
  invalidReference,
  parseReference,
  printable,
  type Reference,
  versionOfTag,
} from "../../core/index.ts";
import { placedReference, withTag } from "../../lockfile/index.ts";
import { listTags } from "../list-tags.ts";
import type { PullContext } from "../pull/pull-context.ts";

/**
 * The reference to the highest version of a repository in a range. A tag that is called as the range itself comes before
 * all others. Pre-releases count where the range names one of the same version, as npm's `semver` has it.
 * @param repository a reference to anything in the repository; its text gets the tag
 * @throws {DistError} INVALID_REFERENCE when the range is none; NOT_FOUND when no tag is in it; OFFLINE
 */
export type ChooseNewest = (repository: Reference, range: string) => Promise<Reference>;

/** Makes a {@link ChooseNewest} that asks for the tags of each repository once. */
export function createChooseNewest(context: PullContext, signal: AbortSignal | undefined): ChooseNewest {
  const lists = new Map<string, Promise<readonly string[]>>();
  return async (repository, range) => {
    const { text } = repository;
    const matches = await matcherOf(text, range);
    const { place } = placedReference(text);
    const list = lists.get(place) ?? listTags(context, repository, signal);
    lists.set(place, list);
    const tags = await list;
    const newest = tags.includes(range) ? range : tags.filter(matches).toSorted(compareTags).at(-1);
    if (newest === undefined) throw noneIn(range, text, tags);
    return parseReference(withTag(text, newest) ?? text, { pathExists: () => false });
  };
}

async function matcherOf(text: string, range: string): Promise<(tag: string) => boolean> {
  const { default: Range } = await import("semver/classes/range.js");
  try {
    const parsed = new Range(range);
    return (tag) => {
      const version = versionOfTag(tag);
      return version !== undefined && parsed.test(version);
    };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw invalidReference(
      text,
      `\`${printable(range)}\` is no range of versions; write ^1.2, ~1.2.3, 1.x or '>=1.2 <2'`,
    );
  }
}

function noneIn(range: string, text: string, tags: readonly string[]): DistError<"NOT_FOUND"> {
  const versions = tags.filter((tag) => versionOfTag(tag) !== undefined).toSorted(compareTags);
  const highest = versions.at(-1);
  const there =
    highest === undefined
      ? `none of its ${tags.length} tags is a version`
      : `the highest version is ${printable(highest)}`;
  const reference = printable(text);
  const { place } = placedReference(text);
  const message = `no tag of \`${printable(place)}\` is in the range ${printable(range)}: ${there}`;
  const hint =
    "a range takes whole versions, as in 1.2.3 or v1.2.3, and pre-releases only where it names one";
  return new DistError("NOT_FOUND", message, { reference }, { hint });
}
