import { type Descriptor, mediaTypes } from "../../core/index.ts";
import type { NewBlob, NewLayoutEntry } from "../../layout/index.ts";
import { type ByteSource, verifyBytes } from "../../verify/index.ts";
import type { BundlePart } from "./bundle-part.ts";

/** Something without a manifest, and how it is listed in a bundle. */
export interface Content extends Pick<NewLayoutEntry, "annotations"> {
  /** One of the bundle's own types of artifacts. */
  readonly artifactType: string;
  readonly mediaType: string;
  readonly blob: NewBlob;
}

/** Bytes that are wholly in memory, as a blob. */
export function blobOf(bytes: Uint8Array): NewBlob {
  const { digest, size } = verifyBytes(bytes, { reference: "", maxBytes: bytes.length });
  return { digest, size, open: () => once(bytes) };
}

/** What most configs of artifacts are (OCI image-spec v1.1, "Guidance for an Empty Descriptor"). */
export const emptyBlob: NewBlob = blobOf(Buffer.from("{}"));

/** Carries a content as the one layer of an artifact, so that it is what every tool can copy. The same makes the same. */
export function wrapContent({ artifactType, mediaType, blob, annotations }: Content): BundlePart {
  const { digest, size } = blob;
  const config = { mediaType: mediaTypes.ociEmpty, digest: emptyBlob.digest, size: emptyBlob.size };
  const layers: readonly Pick<Descriptor, "mediaType" | "digest" | "size">[] = [{ mediaType, digest, size }];
  const document = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, artifactType, config, layers };
  const manifest = blobOf(Buffer.from(JSON.stringify(document)));
  const entry = {
    mediaType: mediaTypes.ociManifest,
    digest: manifest.digest,
    size: manifest.size,
    artifactType,
  };
  return { entries: [{ ...entry, annotations }], manifests: [manifest], blobs: [emptyBlob, blob] };
}

async function* once(bytes: Uint8Array): ByteSource {
  yield bytes;
}
