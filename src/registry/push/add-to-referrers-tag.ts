import {
  annotationsOf,
  type Digest,
  isJsonObject,
  limits,
  type ManifestDocument,
  mediaTypes,
  type OciName,
  parseJson,
  parseManifest,
} from "../../core/index.ts";
import { readBody } from "../../http/index.ts";
import { verifyBytes } from "../../verify/index.ts";
import { maxMetadataRedirects } from "../auth/token.ts";
import type { RegistryCalls } from "../calls.ts";
import { referrersTag } from "../referrers-tag.ts";
import type { UploadCall } from "./upload-session.ts";

/** What {@link addToReferrersTag} works with. */
export interface ReferrersTagOptions {
  readonly calls: RegistryCalls;
  readonly call: UploadCall;
  readonly write: (name: OciName, document: ManifestDocument) => Promise<void>;
}

const found: ReadonlySet<number> = new Set([200, 404]);

/**
 * Lists a manifest in the tag where a registry that knows nothing of subjects keeps what refers to one
 * (distribution-spec v1.1, "Pushing Manifests with Subject").
 */
export async function addToReferrersTag(
  document: ManifestDocument,
  subject: Digest,
  { calls, call, write }: ReferrersTagOptions,
): Promise<void> {
  const name = { ...call.name, tag: referrersTag(subject), digest: undefined };
  const { response } = await calls.send({
    ...call,
    path: `manifests/${name.tag}`,
    method: "GET",
    headers: { accept: mediaTypes.ociIndex },
    action: "push",
    accepted: found,
    maxRedirects: maxMetadataRedirects,
  });
  const isThere = response.status === 200;
  if (!isThere) response.discard();
  const before = isThere ? parseJson(await readBody(response, limits.manifestBytes)) : undefined;
  const listed = isJsonObject(before) && Array.isArray(before["manifests"]) ? before["manifests"] : [];
  const { digest } = document;
  if (listed.some((entry) => isJsonObject(entry) && entry["digest"] === digest)) return;
  const index = {
    ...(isJsonObject(before) ? before : {}),
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: [...listed, referrerOf(document)],
  };
  const bytes = Buffer.from(JSON.stringify(index));
  const expected = { reference: call.reference, maxBytes: limits.manifestBytes };
  await write(name, { digest: verifyBytes(bytes, expected).digest, bytes, manifest: parseManifest(bytes) });
}

/** A manifest as it is listed among referrers. */
function referrerOf(document: ManifestDocument): object {
  const { digest, bytes, manifest } = document;
  const { artifactType, config } = asObject(parseJson(bytes));
  const type = artifactType ?? asObject(config)["mediaType"];
  const annotations = Object.fromEntries(annotationsOf(document));
  return {
    mediaType: manifest.mediaType,
    digest,
    size: bytes.length,
    ...(typeof type === "string" ? { artifactType: type } : {}),
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
  };
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return isJsonObject(value) ? value : {};
}
