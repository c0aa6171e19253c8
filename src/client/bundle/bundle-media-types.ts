import { isJsonObject, type ManifestDocument, parseJson } from "../../core/index.ts";

/** What bundles hold beside images: types of artifacts, and the annotation that says where a content came from. */
export const bundleTypes = {
  /** An artifact whose one layer is something without a manifest: a file, or what a web server sent. */
  content: "application/vnd.greentic.dist.content.v1",
  /** An artifact whose one layer is the lockfile by which the bundle was made. */
  lock: "application/vnd.greentic.dist.lock.v1",
} as const;

/** The address that a content was fetched from, where that holds no secret. */
export const addressKey = "ai.greentic.dist.address";

/** What a manifest says that its artifact is. */
export function artifactTypeOf({ bytes }: ManifestDocument): string | undefined {
  const document = parseJson(bytes);
  const type = isJsonObject(document) ? document["artifactType"] : undefined;
  return typeof type === "string" ? type : undefined;
}
