import { type Digest, essenceOf, isDigest } from "../core/index.ts";
import type { HttpResponse } from "../http/index.ts";

/** What a registry says of a manifest without sending it. Nothing of it has been checked. */
export interface ManifestHead {
  /** Docker-Content-Digest: a hint. */
  readonly digest: Digest | undefined;
  readonly mediaType: string | undefined;
  /** In bytes. */
  readonly size: number | undefined;
}

/** What the head of an answer says of a manifest. */
export function headOf(response: HttpResponse): ManifestHead {
  const digest = response.header("docker-content-digest") ?? "";
  const contentType = response.header("content-type");
  const length = response.header("content-length") ?? "";
  return {
    digest: isDigest(digest) ? digest : undefined,
    mediaType: contentType === undefined ? undefined : essenceOf(contentType),
    size: /^\d{1,15}$/.test(length) ? Number(length) : undefined,
  };
}
