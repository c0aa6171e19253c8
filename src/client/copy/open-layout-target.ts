import { existsSync } from "node:fs";
import { type Digest, DistError, printable, type ReferenceOf } from "../../core/index.ts";
import { compressionNamed, layoutArchive } from "../../layout/index.ts";
import { verified } from "../../verify/index.ts";
import { announced } from "../bundle/announced.ts";
import { type BundlePart, joinParts } from "../bundle/bundle-part.ts";
import { nothing } from "../bundle/collect-image.ts";
import { imagePart } from "../bundle/image-part.ts";
import { openFolder } from "../bundle/open-folder.ts";
import { blobOf } from "../bundle/wrap-content.ts";
import { findMissing } from "../images/find-missing.ts";
import type { PullContext } from "../pull/pull-context.ts";
import { otherDigest } from "../push/other-digest.ts";
import { replaceFile } from "../files/replace-file.ts";
import type { CopiedArtifact } from "./copy-options.ts";
import type { OpenImage } from "./with-image.ts";

/** What was written of a part. */
export type Written = Pick<CopiedArtifact, "manifests" | "blobs" | "bytes">;

/** An image layout that is added to, or made. */
export interface LayoutTarget {
  /** `oci-layout:PATH` or `oci-archive:PATH`. */
  readonly place: string;
  /** Adds an image, which events call by its `reference`. Several may be added at once. */
  readonly add: (part: BundlePart, reference: string) => Promise<Written>;
  /** Lists what was added, or writes the archive: before that, nobody sees anything of it. */
  readonly finish: () => Promise<void>;
}

/** How a layout is written. */
export interface LayoutTargetOptions {
  /** Whether names may change what they mean, and an archive be replaced. Default: false. */
  readonly force?: boolean | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Opens a layout to write to. A folder keeps what is in it; an archive is made anew.
 * @throws {DistError} INVALID_INPUT for an archive that is there, and for a folder of something else; TAG_EXISTS when images
 * are added; IO, DISK_FULL
 */
export async function openLayoutTarget(
  { settings: { onEvent }, lanes }: PullContext,
  { form, path }: ReferenceOf<"layout">,
  { force = false, signal }: LayoutTargetOptions,
): Promise<LayoutTarget> {
  if (form === "folder") {
    const { add, finish } = await openFolder(path, { force, lanes, signal });
    const place = `oci-layout:${path}`;
    return { place, add: (part, reference) => add(announced(part, { reference, onEvent, signal })), finish };
  }
  if (!force && existsSync(path)) throw archiveIsThere(path);
  const parts: BundlePart[] = [];
  return {
    place: `oci-archive:${path}`,
    add: async (part, reference) => {
      parts.push(announced(part, { reference, onEvent, signal }));
      joinParts(parts);
      return measure(part);
    },
    finish: async () => {
      await replaceFile(path, layoutArchive(joinParts(parts), compressionNamed(path), path));
    },
  };
}

/** How much a part is. */
function measure({ manifests, blobs }: BundlePart): Written {
  const bytes = [...manifests, ...blobs].reduce((sum, { size }) => sum + size, 0);
  return { manifests: manifests.length, blobs: blobs.length, bytes };
}

/** What of an image goes into a layout, and how it is called there. */
export interface AddToLayoutOptions {
  readonly names: readonly string[];
  /** What it has to be. Default: anything. */
  readonly digest?: Digest | undefined;
  readonly withReferrers?: boolean | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Adds an image to a layout; each blob is verified while it is written. */
export async function addToLayout(
  target: LayoutTarget,
  { reference: { text }, root, images }: OpenImage,
  { names, digest = root.digest, withReferrers = false, signal }: AddToLayoutOptions,
): Promise<CopiedArtifact> {
  const { place } = target;
  if (digest !== root.digest) throw otherDigest(printable(place), digest, root.digest);
  const reference = printable(text);
  const manifests = await findMissing(images, nothing, { root, withReferrers, signal });
  const part = imagePart(root, manifests, {
    names,
    manifest: ({ bytes }) => blobOf(bytes),
    blob: (blob) => ({
      digest: blob.digest,
      size: blob.size,
      async *open() {
        const source = await images.openBlob(blob, signal);
        yield* verified(source, { reference, digest: blob.digest, size: blob.size, maxBytes: blob.size });
      },
    }),
  });
  const written = await target.add(part, reference);
  return { ...written, reference: `${place}@${digest}`, digest, tags: names };
}

function archiveIsThere(path: string): DistError<"INVALID_INPUT"> {
  const shown = printable(path);
  return new DistError(
    "INVALID_INPUT",
    `\`${shown}\` is there already`,
    { path: shown },
    { hint: "name another file, replace it with --force, or add to a folder: oci-layout:DIR" },
  );
}
