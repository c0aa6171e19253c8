import type { InspectedArtifact } from "../../client/index.ts";
import { printable, visible, withoutSecrets } from "../../core/index.ts";
import type { Invocation, Output } from "../command.ts";
import { snakeCaseKeys } from "../snake-case.ts";

/** `inspect REF [--show-media-type]` */
export async function inspect({
  client,
  operands: [text = ""],
  options,
  signal,
}: Invocation): Promise<Output> {
  const artifact = await client.inspect(text, { signal });
  const { manifestComponentWasm: name, manifestComponentWasmMismatch: isMissing } = artifact;
  return {
    lines: [...cacheLines(artifact, options.has("show-media-type")), ...factLines(artifact)],
    notes: isMissing
      ? [`error: manifest component_wasm \`${printable(name ?? "")}\` missing from cache`]
      : [],
    json: describe(artifact),
  };
}

/** What the Rust command says, in its words. */
function cacheLines(artifact: InspectedArtifact, showMediaType: boolean): readonly string[] {
  const { manifestComponentWasm: name, mediaType } = artifact;
  return [
    `cache dir: ${artifact.cacheDir}`,
    `component.wasm: ${artifact.componentWasm}`,
    `component.manifest.json: ${artifact.componentManifest}`,
    `manifest component_wasm: ${name === undefined ? "<missing>" : printable(name)}`,
    `manifest component_wasm exists: ${artifact.manifestComponentWasmExists}`,
    `manifest component_wasm mismatch: ${artifact.manifestComponentWasmMismatch}`,
    ...(showMediaType ? [`selected media type: ${printable(mediaType)}`] : []),
  ];
}

function factLines(artifact: InspectedArtifact): readonly string[] {
  const { kind, digest, manifestDigest, contentDigest, sizeBytes, shape, wasm } = artifact;
  return [
    `reference kind: ${kind}`,
    `digest: ${digest}`,
    `manifest digest: ${manifestDigest ?? "<none>"}`,
    `content digest: ${contentDigest}`,
    `size: ${sizeBytes}`,
    `shape: ${shape}`,
    `wasm: ${wasm?.kind ?? "<none>"}`,
    ...(wasm?.imports ?? []).map((one) => `import: ${one.kind} ${visible(one.name)}`),
    ...(wasm?.exports ?? []).map((one) => `export: ${one.kind} ${visible(one.name)}`),
    ...artifact.layers.map(
      ({ mediaType, title, digest: of, sizeBytes: size }) =>
        `layer: ${printable(mediaType)} ${title === undefined ? "-" : printable(title)} ${of} ${size}`,
    ),
    ...[...artifact.annotations].map(([key, value]) => `annotation: ${printable(key)}=${printable(value)}`),
  ];
}

function describe(artifact: InspectedArtifact): unknown {
  return {
    reference: withoutSecrets(artifact.reference),
    kind: artifact.kind,
    digest: artifact.digest,
    content_digest: artifact.contentDigest,
    manifest_digest: artifact.manifestDigest ?? null,
    media_type: artifact.mediaType,
    shape: artifact.shape,
    size_bytes: artifact.sizeBytes,
    cache_dir: artifact.cacheDir,
    component_wasm: artifact.componentWasm,
    component_manifest: artifact.componentManifest,
    manifest_component_wasm: artifact.manifestComponentWasm ?? null,
    manifest_component_wasm_exists: artifact.manifestComponentWasmExists,
    manifest_component_wasm_mismatch: artifact.manifestComponentWasmMismatch,
    wasm: artifact.wasm ?? null,
    layers: artifact.layers.map(({ title, ...layer }) => snakeCaseKeys({ ...layer, title: title ?? null })),
    annotations: Object.fromEntries(artifact.annotations),
  };
}
