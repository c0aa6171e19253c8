import { parseOciName } from "../../core/index.ts";
import type { ArtifactKind } from "../catalog/layout.ts";
import type { ServedArtifact } from "../catalog/scan.ts";

/** Where an artifact is in the registry: `components/ID` or `packs/ID`, and its version as a tag. */
export interface RegistryName {
  readonly repository: string;
  readonly tag: string;
}

/**
 * Where an artifact is in the registry; `undefined` when its id is no name there, as one with capitals. A `+`, which is
 * not allowed in tags, becomes `_`, as Helm writes it.
 */
export function registryNameOf({ kind, id, version }: ServedArtifact): RegistryName | undefined {
  const [repository, tag] = [`${kind}s/${id}`, version.replaceAll("+", "_")];
  const name = parseOciName(`localhost/${repository}:${tag}`);
  return name?.repository === repository && name.tag === tag ? { repository, tag } : undefined;
}

/** What kind of artifact a repository has, and which. */
export function artifactIdOf(
  repository: string,
): { readonly kind: ArtifactKind; readonly id: string } | undefined {
  const [, folder, id] = /^(components|packs)\/([^/]+)$/.exec(repository) ?? [];
  return id === undefined ? undefined : { kind: folder === "packs" ? "pack" : "component", id };
}
