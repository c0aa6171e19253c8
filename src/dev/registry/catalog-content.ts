import { type Digest, type DistError, isDistError } from "../../core/index.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { ServedArtifact } from "../catalog/scan.ts";
import type { ArtifactImage, Document } from "./artifact-image.ts";
import type { RegistryContent, RegistryItem } from "./content.ts";
import type { ImageOf } from "./image-of.ts";
import { artifactIdOf, registryNameOf } from "./repository-name.ts";

/** The tag that means the highest version. */
const latest = "latest";

/**
 * A catalog as a registry: the repositories `components/ID` and `packs/ID`, each with a tag for every version and
 * `latest` for the highest. Ids that are no names in a registry, as those with capitals, are left out.
 */
export function createCatalogContent(catalog: Catalog, imageOf: ImageOf): RegistryContent {
  const versionsOf = async (repository: string): Promise<readonly ServedArtifact[]> => {
    const name = artifactIdOf(repository);
    return name === undefined ? [] : catalog.versions(name.kind, name.id);
  };
  const latestOf = async (repository: string): Promise<ServedArtifact | undefined> => {
    const name = artifactIdOf(repository);
    return name === undefined ? undefined : catalog.find(name.kind, name.id, latest);
  };
  /**
   * What `find` makes of the first image that it makes anything of. A file that cannot be read is a failure only when
   * the others do not have it.
   */
  const firstOf = async <T>(
    artifacts: readonly ServedArtifact[],
    find: (image: ArtifactImage, artifact: ServedArtifact) => T | undefined,
  ): Promise<T | undefined> => {
    let failure: DistError | undefined;
    for (const artifact of artifacts) {
      try {
        const found = find(await imageOf(artifact), artifact);
        if (found !== undefined) return found;
      } catch (error) {
        if (isDistError(error, "IO")) failure ??= error;
        else if (!isDistError(error, "NOT_FOUND")) throw error;
      }
    }
    if (failure !== undefined) throw failure;
    return undefined;
  };
  const openLayer = async (artifact: ServedArtifact, digest: Digest, start: number, end: number) => {
    const file = await unlessGone(catalog.open(artifact));
    if (file?.digest === digest) return file.stream(start, end);
    await file?.[Symbol.asyncDispose]();
    return undefined;
  };

  return {
    async repositories() {
      const names = (await catalog.list()).flatMap((one) => registryNameOf(one) ?? []);
      return [...new Set(names.map(({ repository }) => repository))];
    },
    async tags(repository) {
      const tags = (await versionsOf(repository)).flatMap((one) => registryNameOf(one)?.tag ?? []);
      if (tags.length === 0) return undefined;
      return [...new Set((await latestOf(repository)) === undefined ? tags : [...tags, latest])];
    },
    async manifestByTag(repository, tag) {
      const artifact =
        tag === latest
          ? await latestOf(repository)
          : (await versionsOf(repository)).find((one) => registryNameOf(one)?.tag === tag);
      return firstOf(artifact === undefined ? [] : [artifact], ({ manifest }) => itemOf(manifest));
    },
    async manifest(repository, digest) {
      return firstOf(await versionsOf(repository), ({ manifest }) =>
        manifest.digest === digest ? itemOf(manifest) : undefined,
      );
    },
    async blob(repository, digest) {
      const versions = await versionsOf(repository);
      const known = versions.find((one) => catalog.knownDigestOf(one) === digest);
      return firstOf(
        known === undefined ? versions : [known],
        ({ config, componentManifest, layer }, artifact) => {
          const document = [config, componentManifest].find((one) => one?.digest === digest);
          if (document !== undefined) return itemOf(document);
          if (layer.digest !== digest) return undefined;
          return { ...layer, open: (start, end) => openLayer(artifact, digest, start, end) };
        },
      );
    },
    // Nothing in a folder says that it is about something else in it.
    referrers: () => Promise.resolve([]),
  };
}

function itemOf({ mediaType, digest, bytes }: Document): RegistryItem {
  const open: RegistryItem["open"] = (start, end) => Promise.resolve(bytes.slice(start, end));
  return { mediaType, digest, size: bytes.length, open };
}

async function unlessGone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (!isDistError(error, "NOT_FOUND")) throw error;
    return undefined;
  }
}
