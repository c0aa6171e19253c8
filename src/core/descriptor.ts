import { type Digest, isDigest } from "./digest.ts";
import { DistError } from "./errors.ts";
import { isJsonObject } from "./json.ts";

/** What a manifest says of a blob (OCI image-spec v1.1, "Content Descriptors"). `urls` are ignored on purpose. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
  readonly artifactType: string | undefined;
  readonly annotations: ReadonlyMap<string, string>;
  readonly platform: Platform | undefined;
}

/** Where an entry of an index runs: `os/architecture[/variant]`, as in `wasip2/wasm` or `linux/arm64/v8`. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string | undefined;
}

/**
 * Validates the JSON form of a descriptor; `where` names its place in the document, for the message.
 * @throws {DistError} UNUSABLE_ARTIFACT
 */
export function parseDescriptor(value: unknown, where: string): Descriptor {
  if (!isJsonObject(value)) throw malformed(where, "is no object");
  const { mediaType, digest, size, artifactType } = value;
  if (typeof mediaType !== "string" || mediaType === "") throw malformed(where, "has no media type");
  if (typeof digest !== "string" || !isDigest(digest)) throw malformed(where, "has no sha256 digest");
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) {
    throw malformed(where, "has no valid size");
  }
  return {
    mediaType,
    digest,
    size,
    artifactType: typeof artifactType === "string" ? artifactType : undefined,
    annotations: parseAnnotations(value["annotations"]),
    platform: parsePlatformObject(value["platform"]),
  };
}

/** The string-valued entries of an annotations object; anything else counts as none. */
export function parseAnnotations(value: unknown): ReadonlyMap<string, string> {
  if (!isJsonObject(value)) return new Map();
  return new Map(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

function parsePlatformObject(value: unknown): Platform | undefined {
  if (!isJsonObject(value)) return undefined;
  const { os, architecture, variant } = value;
  if (typeof os !== "string" || typeof architecture !== "string") return undefined;
  return { os, architecture, variant: typeof variant === "string" ? variant : undefined };
}

function malformed(where: string, what: string): DistError<"UNUSABLE_ARTIFACT"> {
  return new DistError("UNUSABLE_ARTIFACT", `the manifest is malformed: ${where} ${what}`, {});
}
