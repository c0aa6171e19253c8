import { utf8 } from "./tar-header.ts";

/** What a pax header changes of the entry after it. */
export interface PaxRecords {
  readonly path?: string | undefined;
  /** In bytes. */
  readonly size?: number | undefined;
}

/** What a pax header may say that changes nothing of a file's bytes; anything else is refused. */
const harmless =
  /^(?:[amc]time|[ug]id|[ug]name|comment|charset|hdrcharset|LIBARCHIVE\.creationtime|(?:SCHILY|LIBARCHIVE)\.xattr\..+)$/;

/**
 * Decodes the records of a pax header (POSIX.1-2017, pax, "pax Extended Header"), or says what is wrong with them: in
 * words that continue a sentence that begins with the entry.
 */
export function decodePaxRecords(bytes: Uint8Array): PaxRecords | { readonly flaw: string } {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const digits = space < 0 ? "" : (utf8(bytes.subarray(at, space)) ?? "");
    const end = at + Number(digits);
    if (!/^[1-9]\d{0,5}$/.test(digits) || end > bytes.length || bytes[end - 1] !== 0x0a || end <= space) {
      return { flaw: "has a malformed pax header" };
    }
    const record = utf8(bytes.subarray(space + 1, end - 1));
    const equals = record?.indexOf("=") ?? -1;
    if (record === undefined || equals < 1) return { flaw: "has a malformed pax header" };
    const key = record.slice(0, equals);
    if (records.has(key)) return { flaw: "has a pax header that says one thing twice" };
    if (key !== "path" && key !== "size" && !harmless.test(key)) {
      return { flaw: "has a pax header that is not for a plain file" };
    }
    records.set(key, record.slice(equals + 1));
    at = end;
  }
  const size = records.get("size");
  if (size !== undefined && !/^\d{1,15}$/.test(size)) return { flaw: "has no valid size" };
  return { path: records.get("path"), size: size === undefined ? undefined : Number(size) };
}
