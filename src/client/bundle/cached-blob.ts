import type { Cache } from "../../cache/index.ts";
import type { Descriptor } from "../../core/index.ts";
import type { NewBlob } from "../../layout/index.ts";

/** A blob that the cache holds, verified while it is read. */
export function cachedBlob(
  cache: Pick<Cache, "read">,
  { digest, size }: Pick<Descriptor, "digest" | "size">,
): NewBlob {
  return { digest, size, open: () => cache.read(digest) };
}
