import { type Digest, hexOf } from "../core/index.ts";

/** Where what refers to a manifest is listed in registries that do not know of it ("Referrers Tag Schema"). */
export function referrersTag(digest: Digest): string {
  return `sha256-${hexOf(digest)}`;
}
