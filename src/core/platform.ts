import type { Descriptor, Platform } from "./descriptor.ts";
import type { Digest } from "./digest.ts";
import { DistError } from "./errors.ts";
import { limits } from "./limits.ts";
import type { ImageIndex, ImageManifest, ManifestDocument } from "./manifest.ts";
import { printable } from "./printable.ts";

/**
 * Parses `OS/ARCH[/VARIANT]`, as in `wasip2/wasm` or `linux/arm64/v8`.
 * @throws {DistError} INVALID_INPUT
 */
export function parsePlatform(text: string): Platform {
  const match = /^([a-z0-9._-]{1,64})\/([a-z0-9._-]{1,64})(?:\/([a-z0-9._-]{1,64}))?$/i.exec(text);
  const [, os, architecture, variant] = match ?? [];
  if (os === undefined || architecture === undefined) {
    throw new DistError(
      "INVALID_INPUT",
      `invalid platform \`${printable(text)}\``,
      {},
      { hint: "write OS/ARCH or OS/ARCH/VARIANT, as in wasip2/wasm or linux/arm64" },
    );
  }
  return { os, architecture, variant };
}

/** The text that {@link parsePlatform} reads. */
export function printPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join("/");
}

/** How {@link walkIndex} gets the documents below an index, and which it prefers. */
export interface WalkOptions {
  /** Best first; of an index with one entry, that one is taken whatever it is for. */
  readonly platforms: readonly Platform[];
  /** The verified document of a digest that an index lists. */
  readonly load: (entry: Descriptor) => Promise<ManifestDocument>;
}

/**
 * Follows an index, at most four deep, to the manifest for the best of `platforms`.
 * @throws {DistError} UNUSABLE_ARTIFACT when nothing fits, with what there is; and what `load` throws
 */
export async function walkIndex(
  root: ManifestDocument,
  { platforms, load }: WalkOptions,
): Promise<ManifestDocument<ImageManifest>> {
  let document = root;
  for (let depth = 0; document.manifest.kind === "index" && depth < limits.indexDepth; depth++) {
    document = await load(selectEntry(document.manifest, platforms, root.digest));
  }
  if (isImage(document)) return document;
  throw new DistError(
    "UNUSABLE_ARTIFACT",
    `index ${root.digest} is nested more than ${limits.indexDepth} deep`,
    {},
  );
}

function isImage(document: ManifestDocument): document is ManifestDocument<ImageManifest> {
  return document.manifest.kind === "image";
}

/** The entry of `index` for the best platform (OCI image-spec v1.1: of several that fit, the first). */
function selectEntry(index: ImageIndex, platforms: readonly Platform[], root: Digest): Descriptor {
  const [only, ...others] = index.manifests;
  if (only !== undefined && others.length === 0) return only;
  for (const wanted of platforms) {
    const entry = index.manifests.find(({ platform }) => platform !== undefined && fits(platform, wanted));
    if (entry !== undefined) return entry;
  }
  const candidates = index.manifests.map(({ digest, platform }) =>
    platform === undefined ? digest : printable(printPlatform(platform)),
  );
  throw new DistError(
    "UNUSABLE_ARTIFACT",
    `index ${root} has nothing for ${platforms.map(printPlatform).join(", ")}: it lists ${candidates.join(", ") || "nothing"}`,
    { candidates },
    { hint: "choose one with --platform OS/ARCH[/VARIANT]" },
  );
}

function fits(platform: Platform, wanted: Platform): boolean {
  return (
    platform.os === wanted.os &&
    platform.architecture === wanted.architecture &&
    (wanted.variant === undefined || platform.variant === wanted.variant)
  );
}
