import { join } from "node:path";
import { isSemver } from "../../core/index.ts";
import { isSafeId, isSafeVersion } from "./safe-name.ts";

/** What a folder serves. */
export type ArtifactKind = "component" | "pack";

/** How files lie in a folder: `<id>-<version>.wasm`, or `<id>/<version>/component.wasm`. */
export type Layout = "flat" | "byIdAndVersion";

/** How the files of each kind are called. */
export const artifactFiles: Readonly<
  Record<ArtifactKind, { readonly extension: string; readonly nested: string }>
> = {
  component: { extension: ".wasm", nested: "component.wasm" },
  pack: { extension: ".gtpack", nested: "pack.gtpack" },
};

/** Where an artifact lies below the folder of its kind. `id` and `version` must be safe names. */
export function artifactPath(layout: Layout, kind: ArtifactKind, id: string, version: string): string {
  const { extension, nested } = artifactFiles[kind];
  return layout === "flat" ? `${id}-${version}${extension}` : join(id, version, nested);
}

/**
 * The id and the version in the name of a flat file without its extension. Both may have a `-` in them: the version
 * begins after the first `-` behind which everything is one semantic version. So `a-1.0.0-rc-2` is `1.0.0-rc-2` of
 * `a`, and `a-2-1.0.0` is `1.0.0` of `a-2`. `undefined` when there is none, or they are no safe names.
 */
export function splitFlatName(name: string): { readonly id: string; readonly version: string } | undefined {
  for (let at = name.indexOf("-"); at >= 0; at = name.indexOf("-", at + 1)) {
    const [id, version] = [name.slice(0, at), name.slice(at + 1)];
    if (isSemver(version)) return isSafeId(id) && isSafeVersion(version) ? { id, version } : undefined;
  }
  return undefined;
}
