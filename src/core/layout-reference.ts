import { type Digest, isDigest } from "./digest.ts";

/** An artifact in an OCI image layout on this machine. */
export interface LayoutReference {
  readonly kind: "layout";
  readonly text: string;
  /** Whether the layout is a folder, or a tar archive of one. */
  readonly form: "folder" | "archive";
  readonly path: string;
  /** What it is called in the layout (`org.opencontainers.image.ref.name`): a tag, or a whole reference. */
  readonly name: string | undefined;
  /** Of its manifest or index. */
  readonly digest: Digest | undefined;
}

const prefixes = { "oci-layout:": "folder", "oci-archive:": "archive" } as const;

/**
 * Parses `oci-layout:PATH`, `oci-archive:PATH`, and either of them with `:NAME` or `@DIGEST` after it. The path ends at
 * its first colon (one after a drive's letter does not count), or before `@sha256:`. `undefined` for any other text; for
 * one that only begins so, what was expected of it.
 */
export function parseLayoutReference(text: string): LayoutReference | { readonly flaw: string } | undefined {
  for (const [prefix, form] of Object.entries(prefixes)) {
    if (text.startsWith(prefix)) return parseRest(text, prefix, form);
  }
  return undefined;
}

function parseRest(
  text: string,
  prefix: string,
  form: LayoutReference["form"],
): LayoutReference | { readonly flaw: string } {
  const rest = text.slice(prefix.length);
  const drive = /^[A-Za-z]:[\\/]/.test(rest) ? 2 : 0;
  const colon = rest.indexOf(":", drive);
  const at = rest.lastIndexOf("@");
  const pin = at < 0 ? "" : rest.slice(at + 1);
  const digest = isDigest(pin) ? pin : undefined;
  const endsWithPin = digest !== undefined && at < colon;
  const end = endsWithPin ? at : colon < 0 ? rest.length : colon;
  const path = rest.slice(0, end);
  const name = endsWithPin || colon < 0 ? undefined : rest.slice(colon + 1);
  if (path === "" || path.startsWith("//") || path.includes("\0") || name === "") {
    return { flaw: `write ${prefix}PATH, ${prefix}PATH:TAG or ${prefix}PATH@sha256:…` };
  }
  return { kind: "layout", text, form, path, name, digest };
}
