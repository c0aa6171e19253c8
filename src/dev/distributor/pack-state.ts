import { type Digest, DistError } from "../../core/index.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { ServedArtifact } from "../catalog/scan.ts";

/** A component of a pack. */
interface PackPart {
  readonly id: string;
  /** `undefined` when it is not there. */
  readonly artifact: ServedArtifact | undefined;
}

/** A pack and its components, of the versions that `latest` means. */
export interface PackState {
  readonly pack: ServedArtifact;
  readonly parts: readonly PackPart[];
  /** `ready` when the digests of all of them are known: nothing needs to be read before it is served. */
  readonly status: "pending" | "ready";
}

/**
 * How ready a pack is.
 * @throws {DistError} NOT_FOUND
 */
export async function packState(catalog: Catalog, packId: string): Promise<PackState> {
  const pack = await catalog.find("pack", packId, undefined);
  if (pack === undefined) throw notFound(`pack \`${packId}\` is not there`);
  const { components } = await catalog.settingsOf("pack", packId);
  const find = async (id: string): Promise<PackPart> => ({
    id,
    artifact: await catalog.find("component", id, undefined),
  });
  const parts = await Promise.all(components.map(find));
  const isReady = [pack, ...parts.map(({ artifact }) => artifact)].every(
    (one) => one !== undefined && catalog.knownDigestOf(one) !== undefined,
  );
  return { pack, parts, status: isReady ? "ready" : "pending" };
}

/**
 * Reads a pack and its components once, so that their digests are known.
 * @throws {DistError} NOT_FOUND for the pack, or a component that it should have; IO
 */
export async function warmPack(catalog: Catalog, packId: string): Promise<void> {
  const { pack, parts } = await packState(catalog, packId);
  const missing = parts.find(({ artifact }) => artifact === undefined);
  if (missing !== undefined) {
    throw notFound(`component \`${missing.id}\`, which pack \`${packId}\` has, is not there`);
  }
  for (const artifact of [pack, ...parts.map((part) => part.artifact)]) {
    if (artifact !== undefined) await catalog.digestOf(artifact);
  }
}

/** What is told of a pack beside its status. */
export async function packFacts(
  catalog: Catalog,
  { pack, parts }: PackState,
): Promise<Readonly<Record<string, unknown>>> {
  const versions = await catalog.versions("pack", pack.id);
  const digestOf = (artifact: ServedArtifact): Digest | null => catalog.knownDigestOf(artifact) ?? null;
  return {
    pack_id: pack.id,
    version: pack.version,
    versions: versions.map(({ version }) => version),
    digest: digestOf(pack),
    size_bytes: pack.sizeBytes,
    components: parts.map(({ id, artifact }) => ({
      component_id: id,
      version: artifact?.version ?? null,
      digest: artifact === undefined ? null : digestOf(artifact),
      status: artifact === undefined ? "missing" : digestOf(artifact) === null ? "pending" : "ready",
    })),
  };
}

function notFound(message: string): DistError<"NOT_FOUND"> {
  return new DistError("NOT_FOUND", message, {});
}
