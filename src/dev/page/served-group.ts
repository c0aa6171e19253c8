import { isDistError, printable } from "../../core/index.ts";
import type { SecretRequirement } from "../../distributor/index.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { ArtifactKind } from "../catalog/layout.ts";
import type { ServedArtifact } from "../catalog/scan.ts";
import type { ArtifactImage } from "../registry/artifact-image.ts";
import type { ImageOf } from "../registry/image-of.ts";
import { type RegistryName, registryNameOf } from "../registry/repository-name.ts";

/** All versions of one component or pack. */
export interface ServedGroup {
  readonly kind: ArtifactKind;
  readonly id: string;
  /** Secrets that it needs; `undefined` when nothing is said of them. */
  readonly secrets: readonly SecretRequirement[] | undefined;
  /** The highest first. */
  readonly versions: readonly ServedVersion[];
}

/** One version, as the page shows it. */
export interface ServedVersion {
  readonly version: string;
  readonly sizeBytes: number;
  /** Whether `latest` means it. */
  readonly isLatest: boolean;
  /** `undefined` when its id is no name in a registry. */
  readonly name: RegistryName | undefined;
  /** What is known of its bytes, or why they cannot be read now. */
  readonly look: ArtifactImage | { readonly failure: string };
}

/** What a catalog serves now: components, then packs, by id. */
export async function readServedGroups(catalog: Catalog, imageOf: ImageOf): Promise<readonly ServedGroup[]> {
  const groups: { readonly first: ServedArtifact; readonly all: ServedArtifact[] }[] = [];
  for (const one of await catalog.list()) {
    const group = groups.at(-1);
    if (group?.first.kind === one.kind && group.first.id === one.id) group.all.push(one);
    else groups.push({ first: one, all: [one] });
  }
  const served: ServedGroup[] = [];
  for (const { first, all } of groups) {
    const { kind, id } = first;
    const { latest = all[0]?.version, secretRequirements: secrets } = await catalog.settingsOf(kind, id);
    const versions: ServedVersion[] = [];
    for (const artifact of all) {
      const look = await lookAt(artifact, imageOf);
      if (look === undefined) continue;
      const { version, sizeBytes } = "facts" in look ? look.facts : artifact;
      versions.push({
        version,
        sizeBytes,
        isLatest: version === latest,
        name: registryNameOf(artifact),
        look,
      });
    }
    if (versions.length > 0) served.push({ kind, id, secrets, versions });
  }
  return served;
}

/** `undefined` when it has gone away. */
async function lookAt(
  artifact: ServedArtifact,
  imageOf: ImageOf,
): Promise<ServedVersion["look"] | undefined> {
  try {
    return await imageOf(artifact);
  } catch (error) {
    if (isDistError(error, "NOT_FOUND")) return undefined;
    if (!isDistError(error, "IO")) throw error;
    return {
      failure: printable(error.hint === undefined ? error.message : `${error.message}; ${error.hint}`),
    };
  }
}
