/** Longest target that is looked at, in characters. */
const maxLength = 4096;

/**
 * Whether a request target, as it was sent, is a plain path with or without a query. What URL parsers quietly turn into
 * another path is none: dot segments, backslashes, empty segments, and all of these, slashes, control characters and
 * percent signs in an encoded form. So what routes match is what was asked for.
 */
export function isPlainTarget(target: string): boolean {
  if (target.length > maxLength || !/^\/[\u0021-\u007e]*$/.test(target)) return false;
  const query = target.search(/[?#]/);
  const path = query < 0 ? target : target.slice(0, query);
  if (target[query] === "#" || /\\|\/\/|%(?![\da-f]{2})|%(?:[01].|2[ef5]|5c|7f|[89a-f].)/i.test(path))
    return false;
  return !path.split("/").some((segment) => segment === "." || segment === "..");
}
