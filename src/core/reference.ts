import { type Digest, isDigest } from "./digest.ts";
import { DistError } from "./errors.ts";
import { type LayoutReference, parseLayoutReference } from "./layout-reference.ts";
import { canBeRegistry, type OciName, parseOciName } from "./oci-name.ts";
import { printable } from "./printable.ts";

/** A reference as a user typed it (`text`), and what it was understood to be. */
export type Reference =
  | { readonly kind: "digest"; readonly text: string; readonly digest: Digest }
  | { readonly kind: "https"; readonly text: string; readonly url: URL }
  | { readonly kind: "file"; readonly text: string; readonly path: string }
  | {
      readonly kind: "oci";
      readonly text: string;
      readonly name: OciName;
      /** Whose saved login opens it: that of a tenant of the store. */
      readonly tenant?: string | undefined;
    }
  | {
      readonly kind: "mapped";
      readonly text: string;
      readonly scheme: "repo" | "store";
      readonly target: string;
    }
  | { readonly kind: "fixture"; readonly text: string; readonly fixture: string }
  | LayoutReference;

/** A {@link Reference} of one kind. */
export type ReferenceOf<K extends Reference["kind"]> = Extract<Reference, { kind: K }>;

/** What {@link parseReference} must know of the world. */
export interface ParseReferenceOptions {
  /** Whether something lies at this path; asked only for words without a scheme. */
  readonly pathExists: (path: string) => boolean;
}

const fixturePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/;

/**
 * Understands a reference. The first form that fits counts: `sha256:…` · `oci-layout:…`, `oci-archive:…` · `http(s)://…` ·
 * `file://…`, or a path that exists · a word that can only be a path · `repo://…`, `store://…` · `fixture://…` · an OCI name, with or
 * without `oci://`. Takes linear time.
 *
 * @throws {DistError} INVALID_REFERENCE when no form fits; NOT_FOUND when it can only be a path and is not there
 */
export function parseReference(text: string, options: ParseReferenceOptions): Reference {
  if (text.startsWith("sha256:")) {
    if (isDigest(text)) return { kind: "digest", text, digest: text };
    throw invalidReference(text, "a digest is sha256: and 64 lower-case hex digits");
  }
  const layout = parseLayoutReference(text);
  if (layout !== undefined && "flaw" in layout) throw invalidReference(text, layout.flaw);
  if (layout !== undefined) return layout;
  const scheme = /^[a-z][a-z0-9+.-]{0,31}:\/\//i.exec(text)?.[0].toLowerCase();
  return scheme === undefined ? parseWord(text, options) : parseUrl(text, scheme, text.slice(scheme.length));
}

/** The error for a text that is no reference; `why` says what was expected of it. */
export function invalidReference(text: string, why: string): DistError<"INVALID_REFERENCE"> {
  return new DistError(
    "INVALID_REFERENCE",
    `invalid reference \`${printable(text)}\``,
    { reference: printable(text) },
    { hint: why },
  );
}

function parseWord(text: string, { pathExists }: ParseReferenceOptions): Reference {
  if (text !== "" && !text.includes("\0") && pathExists(text)) return { kind: "file", text, path: text };
  if (canOnlyBePath(text)) {
    const oci = parseOciName(text);
    throw new DistError(
      "NOT_FOUND",
      `file \`${printable(text)}\` is not there`,
      { path: printable(text) },
      {
        hint:
          oci === undefined
            ? "check the path; a registry reference looks like oci://ghcr.io/owner/name:tag"
            : `if a registry was meant, write oci://${printable(text)}`,
      },
    );
  }
  return parseOci(text, text);
}

function canOnlyBePath(text: string): boolean {
  if (/^(?:\/|\.\.?\/|~)/.test(text)) return true;
  const slash = text.indexOf("/");
  return /\.(?:wasm|gtpack|json)$/.test(text) && !canBeRegistry(text.slice(0, Math.max(slash, 0)));
}

function parseUrl(text: string, scheme: string, rest: string): Reference {
  switch (scheme) {
    case "http://":
    case "https://": {
      if (!URL.canParse(text)) throw invalidReference(text, "check the address");
      return { kind: "https", text, url: new URL(text) };
    }
    case "file://":
      return { kind: "file", text, path: pathFromFileUrl(text, rest) };
    case "oci://":
      return parseOci(text, rest);
    case "repo://":
    case "store://":
      if (rest === "") throw invalidReference(text, `write ${scheme}name:tag`);
      return { kind: "mapped", text, scheme: scheme === "repo://" ? "repo" : "store", target: rest };
    case "fixture://":
      if (!fixturePattern.test(rest)) throw invalidReference(text, "a fixture is named by a bare word");
      return { kind: "fixture", text, fixture: rest };
    default:
      throw invalidReference(
        text,
        "schemes that are known: oci://, https://, file://, repo://, store://, fixture://, oci-layout:, oci-archive:",
      );
  }
}

function parseOci(text: string, rest: string): Reference {
  const name = parseOciName(rest);
  if (name !== undefined) return { kind: "oci", text, name };
  throw invalidReference(
    text,
    "expected registry/repository:tag, registry/repository@sha256:…, https://…, file://…, sha256:… or a path",
  );
}

/** The path in a file URL without its `file://` (RFC 8089); one without a leading slash is a relative path. */
function pathFromFileUrl(text: string, rest: string): string {
  const path = rest.startsWith("localhost/") ? rest.slice("localhost".length) : rest;
  const decoded = decodePercent(path);
  if (decoded === "" || decoded.includes("\0"))
    throw invalidReference(text, "write file:///path/to/file.wasm");
  return decoded;
}

function decodePercent(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return path;
    throw error;
  }
}
