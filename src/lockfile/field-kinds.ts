import {
  type Digest,
  digestFromHex,
  type JsonObject,
  isDigest,
  isJsonObject,
  printable,
} from "../core/index.ts";

/** A kind of value that a field can have. */
export interface FieldKind<T> {
  /** What is meant by a value out of the file; `undefined` when it is not of this kind. */
  readonly read: (value: unknown) => T | undefined;
  /** Completes "expected …". */
  readonly expected: string;
}

export const text: FieldKind<string> = {
  read: (value) => (typeof value === "string" && isPlain(value) ? value : undefined),
  expected: "text without control characters, or spaces around it",
};

export const flag: FieldKind<boolean> = {
  read: (value) => (typeof value === "boolean" ? value : undefined),
  expected: "true or false",
};

export const byteCount: FieldKind<number> = {
  read: (value) =>
    typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined,
  expected: "a whole number of bytes",
};

export const digest: FieldKind<Digest> = {
  read: (value) => (typeof value === "string" && isDigest(value) ? value : undefined),
  expected: "sha256: and 64 lower-case hex digits",
};

export const contentDigest: FieldKind<Digest> = {
  read: (value) => digest.read(value) ?? (typeof value === "string" ? digestFromHex(value) : undefined),
  expected: "64 lower-case hex digits, with or without sha256:",
};

export const bundledPath: FieldKind<string> = {
  read: (value) => (typeof value === "string" && isInside(value) ? value : undefined),
  expected: "the path of a file inside the lockfile's folder, with forward slashes",
};

/**
 * Reads fields that may be spelled in several ways. What is wrong with them, and spellings that disagree, go into
 * `flaws`. A field that is null is absent, as it is for the Rust readers.
 */
export function createFieldReader(
  fields: JsonObject,
  flaws: string[],
): <T>(spellings: readonly string[], kind: FieldKind<T>) => T | undefined {
  return <T>(spellings: readonly string[], kind: FieldKind<T>): T | undefined => {
    let first: { readonly key: string; readonly value: T } | undefined;
    for (const key of spellings) {
      const raw = fields[key] ?? undefined;
      if (raw === undefined) continue;
      const value = kind.read(raw);
      if (value === undefined) flaws.push(`has a ${key} that is ${shown(raw)}, expected ${kind.expected}`);
      else if (first === undefined) first = { key, value };
      else if (first.value !== value) {
        flaws.push(
          `has a ${first.key} and a ${key} that disagree: ${shown(first.value)} and ${shown(value)}`,
        );
      }
    }
    return first?.value;
  };
}

/** A value out of a file as it may be shown in a message. */
export function shown(value: unknown): string {
  if (typeof value === "string") return `\`${printable(value)}\``;
  if (Array.isArray(value)) return "a list";
  return isJsonObject(value) ? "an object" : String(value);
}

/** U+FFFD is what the CBOR reader puts in the place of bytes that are no UTF-8. */
function isPlain(value: string): boolean {
  return value !== "" && value === value.trim() && !/[\p{Cc}\p{Surrogate}\ufffd]/u.test(value);
}

/**
 * Whether a path stays inside its folder on every system: Windows takes `\` for a slash, knows drives and streams
 * by their colon, and drops dots and spaces at the end of a name.
 */
function isInside(path: string): boolean {
  const names = path.split("/");
  const isName = (name: string, i: number): boolean =>
    /[^. ]$/.test(name) || (name === "." && i < names.length - 1);
  return isPlain(path) && !/[\\:]/.test(path) && names.every(isName);
}
