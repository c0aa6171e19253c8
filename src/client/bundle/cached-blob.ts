import type { Cache } from "../../cache/index.ts";
import type { Descriptor } from "../../core/index.ts";
import type { NewBlob } from "../../layout/index.ts";
import type { ByteSource } from "../../verify/index.ts";

/** A blob that the cache holds, verified when its turn comes. */
export function cachedBlob(
  cache: Pick<Cache, "open">,
  { digest, size }: Pick<Descriptor, "digest" | "size">,
): NewBlob {
  const bytes = async function* (): ByteSource {
    await using content = await cache.open(digest);
    yield* content.chunks();
  };
  return { digest, size, open: bytes };
}
