import { type Digest, limits, type Manifest } from "../core/index.ts";
import { verifyBytes } from "../verify/index.ts";
import { manifestOf } from "./blobs.ts";
import { readRegularSync } from "./files/read-file.ts";
import type { Store } from "./store.ts";

/** How a JSON object begins. */
const brace = "{".charCodeAt(0);

/**
 * The manifest or index that the store holds whole under `digest`, hashed whatever was noted of it; `undefined` for
 * anything else. For what reads very many: they are as quickly hashed as looked up.
 */
export function readManifestSync(store: Store, digest: Digest): Manifest | undefined {
  const path = store.blob(digest);
  const bytes = readRegularSync(path, limits.manifestBytes, brace);
  if (bytes === undefined) return undefined;
  const isWhole = verifyBytes(bytes, { reference: path, maxBytes: bytes.length }).digest === digest;
  return isWhole ? manifestOf(bytes) : undefined;
}
