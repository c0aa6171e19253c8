/** Longest id or version, so that a file named after both fits every file system. */
const maxLength = 120;
/** Names that are devices on Windows, whatever follows the first dot. */
const device = /^(?:con|prn|aux|nul|conin\$|conout\$|com\d|lpt\d)(?:\.|$)/i;

/**
 * Whether `id` can name a file or folder on every system without meaning another one: ASCII letters, digits, `.`, `-`
 * and `_`, beginning with a letter, a digit or `_`, no dot at its end, no device of Windows, at most 120 characters.
 */
export function isSafeId(id: string): boolean {
  return !id.includes("+") && isSafeVersion(id);
}

/** The same of a version, which may have a `+` too. */
export function isSafeVersion(version: string): boolean {
  return (
    version.length <= maxLength &&
    /^\w[\w.+-]*$/.test(version) &&
    !version.endsWith(".") &&
    !device.test(version)
  );
}
