import { type Digest, digestFromHex, hexOf, isJsonObject, parseJson, printable } from "../core/index.ts";
import { invalidLayout } from "./invalid-layout.ts";

/** The names of the files of an image layout (OCI image-spec v1.1, "OCI Image Layout"). */
export const layoutFiles = {
  marker: "oci-layout",
  index: "index.json",
  blob: (digest: Digest): string => `blobs/sha256/${hexOf(digest)}`,
} as const;

/** The one version of layouts so far, as their marker says it. */
export const layoutVersion = "1.0.0";

/** How large a marker may be, in bytes. */
export const maxMarkerBytes = 4096;

/** Of which blob a file of a layout is; `undefined` when it is none, or of an algorithm that nothing here refers to. */
export function digestOfFile(name: string): Digest | undefined {
  const hex = /^blobs\/sha256\/([^/]*)$/.exec(name)?.[1];
  return hex === undefined ? undefined : digestFromHex(hex);
}

/**
 * Checks the file by which a layout is known.
 * @throws {DistError} INVALID_INPUT
 */
export function checkMarker(bytes: Uint8Array | undefined, path: string): void {
  const hint = "a folder or archive with an oci-layout file, an index.json and blobs is expected";
  if (bytes === undefined)
    throw invalidLayout(path, "is no OCI image layout: it has no oci-layout file", hint);
  const marker = parseJson(bytes);
  const version = isJsonObject(marker) ? marker["imageLayoutVersion"] : undefined;
  if (version === layoutVersion) return;
  const said = typeof version === "string" ? `is of version \`${printable(version)}\`` : "says no version";
  throw invalidLayout(
    path,
    `is no OCI image layout of version ${layoutVersion}: its oci-layout file ${said}`,
    hint,
  );
}
