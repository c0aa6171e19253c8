import { invalidLockfile } from "./invalid-lockfile.ts";
import { lockfileLimits } from "./lock-entry.ts";

/**
 * Tells JSON from CBOR: a map or a tag of CBOR begins with a byte that JSON cannot begin with.
 * @throws {DistError} INVALID_LOCKFILE when it is neither, or too large
 */
export function formOf(bytes: Uint8Array, path: string): "json" | "cbor" {
  const [first = 0] = bytes;
  if (bytes.length === 0) throw invalidLockfile(path, "is empty");
  if (bytes.length > lockfileLimits.bytes) {
    throw invalidLockfile(path, `has ${bytes.length} bytes, expected at most ${lockfileLimits.bytes}`);
  }
  if (first >= 0xa0 && first < 0xe0) return "cbor";
  const encoding = strangeEncodingOf(bytes);
  if (encoding !== undefined) {
    const hint = "save it as UTF-8 without a byte order mark";
    throw invalidLockfile(path, `${encoding}, expected plain UTF-8`, hint);
  }
  if (beginsJson(bytes.find((byte) => !spaces.has(byte)))) return "json";
  throw invalidLockfile(path, "is neither a list or an object of JSON nor a map of CBOR");
}

const spaces: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);

const marks = [
  [0xef, 0xbb, 0xbf],
  [0xff, 0xfe],
  [0xfe, 0xff],
] as const;

/** What editors make of JSON without being asked. */
function strangeEncodingOf(bytes: Uint8Array): string | undefined {
  if (marks.some((mark) => mark.every((byte, i) => bytes[i] === byte)))
    return "begins with a byte order mark";
  const [first, second] = bytes;
  const isUtf16 = (second === 0 && beginsJson(first)) || (first === 0 && beginsJson(second));
  return isUtf16 ? "is in UTF-16" : undefined;
}

/** Whether it is `{` or `[`. */
function beginsJson(byte: number | undefined): boolean {
  return byte === 0x7b || byte === 0x5b;
}
