import { DistError, type OciName, parseReference, printable } from "../../core/index.ts";
import type { ArtifactLocation, ResolveComponentResponse } from "../../distributor/index.ts";
import { isLoopbackHost } from "../../http/index.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { ServedArtifact } from "../catalog/scan.ts";
import type { RegistryContent } from "../registry/content.ts";
import { artifactIdOf, registryNameOf } from "../registry/repository-name.ts";

/** What artifacts are looked up in. */
export interface ArtifactPlaces {
  readonly catalog: Catalog;
  /** The same artifacts as a registry has them. */
  readonly content: RegistryContent;
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * What a distributor says of an artifact. It lies in the registry on `host`; what cannot have a name there is had by
 * its digest.
 * @throws {DistError} NOT_FOUND when it is gone meanwhile; IO
 */
export async function describeArtifact(
  { catalog, content, now }: ArtifactPlaces,
  artifact: ServedArtifact,
  host: string,
): Promise<ResolveComponentResponse> {
  const digest = await catalog.digestOf(artifact);
  const { secretRequirements } = await catalog.settingsOf(artifact.kind, artifact.id);
  const name = registryNameOf(artifact);
  const image = name === undefined ? undefined : await content.manifestByTag(name.repository, name.tag);
  const location: ArtifactLocation =
    name === undefined || image === undefined
      ? { kind: "distributor_internal", handle: digest }
      : { kind: "oci_reference", reference: `${host}/${name.repository}@${image.digest}` };
  return {
    status: "ready",
    digest,
    artifact: location,
    signature: { verified: false, signer: "", extra: null },
    cache: {
      sizeBytes: artifact.sizeBytes,
      lastUsedUtc: new Date(now()).toISOString(),
      lastRefreshedUtc: new Date(artifact.modifiedMs).toISOString(),
    },
    secretRequirements,
  };
}

/**
 * The artifact that a reference means: one to the registry on `host`, or a digest.
 * @throws {DistError} INVALID_REFERENCE, NOT_FOUND
 */
export async function artifactOfReference(
  places: ArtifactPlaces,
  text: string,
  host: string,
): Promise<ServedArtifact> {
  const reference = parseReference(text, { pathExists: () => false });
  const found =
    reference.kind === "digest"
      ? await places.catalog.findDigest(reference.digest)
      : reference.kind === "oci" && isSameHost(reference.name.registry, host)
        ? await artifactOfName(places, reference.name)
        : undefined;
  if (found !== undefined) return found;
  const shown = printable(text);
  throw new DistError("NOT_FOUND", `\`${shown}\` is not here`, { reference: shown });
}

async function artifactOfName(
  { catalog, content }: ArtifactPlaces,
  { repository, tag, digest }: OciName,
): Promise<ServedArtifact | undefined> {
  const id = artifactIdOf(repository);
  if (id === undefined) return undefined;
  if (digest === undefined && tag === "latest") return catalog.find(id.kind, id.id, undefined);
  for (const one of await catalog.versions(id.kind, id.id)) {
    const name = registryNameOf(one);
    if (name === undefined) continue;
    if (digest === undefined && name.tag === tag) return one;
    if (digest === undefined) continue;
    if ((await content.manifestByTag(name.repository, name.tag))?.digest === digest) return one;
  }
  return undefined;
}

/** Whether two hosts with ports are one server: every name of this machine is. */
function isSameHost(a: string, b: string): boolean {
  const [left, right] = [new URL(`http://${a}`), new URL(`http://${b}`)];
  const isLocal = isLoopbackHost(left.hostname) && isLoopbackHost(right.hostname);
  return left.port === right.port && (isLocal || left.hostname === right.hostname);
}
