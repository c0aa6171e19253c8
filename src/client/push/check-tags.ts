import { DistError, isTag, printable } from "../../core/index.ts";

/**
 * Whether all of these can be tags.
 * @throws {DistError} INVALID_INPUT
 */
export function checkTags(tags: readonly string[]): void {
  const wrong = tags.find((tag) => !isTag(tag));
  if (wrong === undefined) return;
  const hint = "a tag has letters, digits, _, . and -, 128 at most, and begins with no . or -";
  throw new DistError("INVALID_INPUT", `\`${printable(wrong)}\` is no tag`, {}, { hint });
}
