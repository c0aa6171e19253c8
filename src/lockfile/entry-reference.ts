import { isAbsolute, join } from "node:path";
import { invalidReference, isDistError, parseReference, printable, type Reference } from "../core/index.ts";
import type { LockEntry } from "./lock-entry.ts";
import { parseRangedReference } from "./tag-range.ts";

/** What {@link resolveEntryReference} must know of the world. */
export interface ResolveEntryOptions {
  /** The folder in which the lockfile lies. */
  readonly lockFolder: string;
  /** Whether something lies at this path. */
  readonly pathExists: (path: string) => boolean;
  /** Whether a reference may have a range in the place of its tag; it then means the one without. Default: false. */
  readonly takesRanges?: boolean | undefined;
}

/**
 * What the reference of an entry means: as the core's `parseReference` has it, but paths begin at the lock's folder
 * and never at the working directory, `file:` may have a relative path, and a bundled entry is its file. The text
 * stays as it stands in the lock.
 *
 * @throws {DistError} INVALID_REFERENCE when no form fits; NOT_FOUND when it can only be a path and is not there
 */
export function resolveEntryReference(entry: LockEntry, options: ResolveEntryOptions): Reference {
  const { reference: text, bundledPath } = entry;
  const inFolder = (path: string): string => (isAbsolute(path) ? path : join(options.lockFolder, path));
  const pathExists = (path: string): boolean => options.pathExists(inFolder(path));
  if (bundledPath !== undefined) return { kind: "file", text, path: inFolder(bundledPath) };
  const ranged = parseRangedReference(text);
  if (ranged !== undefined && !pathExists(text)) {
    if (options.takesRanges === true) {
      return { ...parseReference(ranged.base, { pathExists: () => false }), text };
    }
    throw invalidReference(text, "it is a range: `greentic-dist lock update FILE` pins its newest version");
  }
  const reference = parseReference(withSlashes(text), { pathExists });
  if (reference.kind === "layout") return { ...reference, path: inFolder(reference.path) };
  return reference.kind === "file" ? { kind: "file", text, path: inFolder(reference.path) } : reference;
}

/**
 * What forbids `text` as a reference in a lockfile, in words that continue "entry 1 …"; `undefined` when nothing
 * does. Of a word without a scheme only the disk can tell whether it is a path, so it is not judged.
 */
export function referenceFlaw(text: string): string | undefined {
  if (hasUserinfo(text)) {
    return `has credentials in its reference \`${printable(text)}\`; a lockfile carries none`;
  }
  if (parseRangedReference(text) !== undefined) return undefined;
  if (!/^(?:sha256:|[a-z][a-z0-9+.-]*:\/\/)/i.test(text)) return undefined;
  try {
    parseReference(text, { pathExists: () => false });
    return undefined;
  } catch (error) {
    if (!isDistError(error, "INVALID_REFERENCE")) throw error;
    return `has an ${error.message}: ${error.hint}`;
  }
}

/** `file:x` is a URL with a relative path; references know it as `file://x`. */
export function withSlashes(text: string): string {
  return text.replace(/^file:(?!\/\/)/i, "file://");
}

/** Whether credentials stand before a host. The tag before a digest, and `name@1.0` after repo://, are none. */
function hasUserinfo(text: string): boolean {
  if (/^https?:/i.test(text) && URL.canParse(text)) {
    const { username, password } = new URL(text);
    return username !== "" || password !== "";
  }
  const [authority = ""] = text.replace(/^[a-z][a-z0-9+.-]*:\/\//i, "").split(/[/\\]/, 1);
  const at = authority.lastIndexOf("@");
  return authority.slice(0, Math.max(at, 0)).includes(":") && !/^sha\d+:/.test(authority.slice(at + 1));
}
