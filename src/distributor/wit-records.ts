import type {
  WitPackStatusResponse,
  WitResolveComponentResponse,
  WitResolveRefMetadata,
  WitResolveRefResponse,
  WitSecretRequirement,
} from "./distributor-api-bindings.ts";
import type { PackStatusResponse } from "./pack-status.ts";
import type {
  ArtifactLocation,
  ResolveComponentResponse,
  ResolveRefMetadata,
  ResolveRefResponse,
} from "./resolved-component.ts";
import type { SecretRequirement } from "./secret-requirement.ts";
import { parseJsonText, printJson } from "./wire-json.ts";

type Refuse = (reason: string) => Error;

// Records from WIT become JSON first, so that one schema checks what arrives, whichever way it took.

/** A `resolve-component-response` in the form of its JSON. */
export function jsonFromWitComponent(record: WitResolveComponentResponse, refuse: Refuse): unknown {
  return { digest: record.digest, ...jsonFromWitMetadata(record, refuse) };
}

/** A `resolve-ref-response` in the form of its JSON. */
export function jsonFromWitRef({ digest, metadata }: WitResolveRefResponse, refuse: Refuse): unknown {
  return { digest, metadata: jsonFromWitMetadata(metadata, refuse) };
}

/** A `pack-status-response` in the form of its JSON. */
export function jsonFromWitStatus(record: WitPackStatusResponse, refuse: Refuse): unknown {
  const { status, secretRequirements, extra } = record;
  return {
    status,
    secret_requirements: jsonFromWitSecrets(secretRequirements, refuse),
    extra: parseExtra(extra, refuse),
  };
}

function jsonFromWitMetadata(record: WitResolveRefMetadata, refuse: Refuse): object {
  const { componentStatus, artifactLocation, signatureSummary, cacheInfo } = record;
  return {
    status: componentStatus === "failed" ? { failed: { reason: "failed" } } : componentStatus,
    artifact: jsonFromWitLocation(artifactLocation),
    signature: { ...signatureSummary, extra: parseExtra(signatureSummary.extra, refuse) },
    cache: {
      // What no number can hold exactly is refused by the schema.
      size_bytes: Number(cacheInfo.sizeBytes),
      last_used_utc: cacheInfo.lastUsedUtc,
      last_refreshed_utc: cacheInfo.lastRefreshedUtc,
    },
    secret_requirements: jsonFromWitSecrets(record.secretRequirements, refuse),
  };
}

function jsonFromWitLocation({ kind, value }: WitResolveRefMetadata["artifactLocation"]): ArtifactLocation {
  if (kind === "file" || kind === "file_path") return { kind: "file_path", path: value };
  if (kind === "oci" || kind === "oci_reference") return { kind: "oci_reference", reference: value };
  return { kind: "distributor_internal", handle: value };
}

function jsonFromWitSecrets(records: readonly WitSecretRequirement[], refuse: Refuse): readonly object[] {
  return records.map((record) => ({
    ...record,
    schema: typeof record.schema === "string" ? parseJsonText(record.schema, refuse) : undefined,
  }));
}

/** Hosts that have nothing to say send an empty text. */
function parseExtra(text: string, refuse: Refuse): unknown {
  return text === "" ? null : parseJsonText(text, refuse);
}

/** The record for a {@link ResolveComponentResponse}. */
export function witFromComponent(
  response: ResolveComponentResponse,
  refuse: Refuse,
): WitResolveComponentResponse {
  return { digest: response.digest, ...witFromMetadata(response, refuse) };
}

/** The record for a {@link ResolveRefResponse}. */
export function witFromRef({ digest, metadata }: ResolveRefResponse, refuse: Refuse): WitResolveRefResponse {
  return { digest, metadata: witFromMetadata(metadata, refuse) };
}

/** The record for a {@link PackStatusResponse}. */
export function witFromStatus(response: PackStatusResponse, refuse: Refuse): WitPackStatusResponse {
  const { status, secretRequirements, extra } = response;
  return {
    status,
    secretRequirements: witFromSecrets(secretRequirements, refuse),
    extra: printJson(extra ?? null, refuse),
  };
}

function witFromMetadata(metadata: ResolveRefMetadata, refuse: Refuse): WitResolveRefMetadata {
  const { status, artifact, signature, cache, secretRequirements } = metadata;
  return {
    componentStatus: typeof status === "string" ? status : "failed",
    artifactLocation: witFromLocation(artifact),
    signatureSummary: {
      verified: signature.verified,
      signer: signature.signer,
      extra: printJson(signature.extra ?? null, refuse),
    },
    cacheInfo: { ...cache, sizeBytes: BigInt(cache.sizeBytes) },
    secretRequirements: witFromSecrets(secretRequirements, refuse),
  };
}

function witFromLocation(artifact: ArtifactLocation): WitResolveRefMetadata["artifactLocation"] {
  switch (artifact.kind) {
    case "file_path":
      return { kind: artifact.kind, value: artifact.path };
    case "oci_reference":
      return { kind: artifact.kind, value: artifact.reference };
    case "distributor_internal":
      return { kind: artifact.kind, value: artifact.handle };
  }
}

/** WIT cannot say that nothing is known. */
function witFromSecrets(
  requirements: readonly SecretRequirement[] = [],
  refuse: Refuse,
): readonly WitSecretRequirement[] {
  return requirements.map((requirement) => ({
    ...requirement,
    schema: requirement.schema === undefined ? undefined : printJson(requirement.schema, refuse),
  }));
}
