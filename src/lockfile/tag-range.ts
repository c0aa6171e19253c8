import { parseOciName } from "../core/index.ts";

/** A reference with a range of versions in the place of its tag. */
export interface RangedReference {
  /** The reference without a tag. */
  readonly base: string;
  /** As in `^1.2`, in the grammar of npm's `semver`; not checked. */
  readonly range: string;
}

/** Characters that no tag can have. */
const onlyInRanges = /[\^~<>=*| ]/;
const withPlaceholder = /^v?\d+\.(?:\d+\.)?x$/i;
const maxLength = 256;

/**
 * Takes `oci://host/name:^1.2` apart; `undefined` for what is no reference with a range. What could be a tag is none:
 * with `takesPlaceholders` `1.x` and `1.2.x` are ranges all the same.
 */
export function parseRangedReference(
  text: string,
  { takesPlaceholders = false }: { readonly takesPlaceholders?: boolean | undefined } = {},
): RangedReference | undefined {
  if (/^oci-(?:layout|archive):/.test(text)) return undefined;
  const { base, mark, version: range } = splitVersion(text);
  if (mark !== ":" || range.length > maxLength || /[:@]/.test(range)) return undefined;
  const isRange = onlyInRanges.test(range) || (takesPlaceholders && withPlaceholder.test(range));
  return isRange && canHaveTag(base) ? { base, range } : undefined;
}

/** `reference`, which can have a tag, with this one; a digest in it goes. `undefined` when it can have none. */
export function withTag(reference: string, tag: string): string | undefined {
  const { base } = splitVersion(reference);
  return canHaveTag(base) ? `${base}:${tag}` : undefined;
}

/** Splits a reference where its tag or digest begins: at the first `:` or `@` of its last word. */
export function splitVersion(text: string): {
  readonly base: string;
  readonly mark: string;
  readonly version: string;
} {
  const word = text.lastIndexOf("/") + 1;
  const at = text.slice(word).search(/[:@]/);
  const end = at < 0 ? text.length : word + at;
  return { base: text.slice(0, end), mark: text.charAt(end), version: text.slice(end + 1) };
}

function canHaveTag(base: string): boolean {
  const [, scheme, target = ""] = /^(?:(oci|repo|store):\/\/)?(.*)$/is.exec(base) ?? [];
  if (target.includes("://")) return false;
  return scheme === undefined || scheme.toLowerCase() === "oci"
    ? parseOciName(target) !== undefined
    : target !== "";
}
