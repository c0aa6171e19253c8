/** Media types that the OCI image-spec v1.1, Docker's schema 2, the Wasm tools and Greentic give their documents and layers. */
export const mediaTypes = {
  ociManifest: "application/vnd.oci.image.manifest.v1+json",
  ociIndex: "application/vnd.oci.image.index.v1+json",
  ociArtifact: "application/vnd.oci.artifact.manifest.v1+json",
  ociEmpty: "application/vnd.oci.empty.v1+json",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  dockerList: "application/vnd.docker.distribution.manifest.list.v2+json",
  octetStream: "application/octet-stream",
  wasm: "application/wasm",
  wasmConfig: "application/vnd.wasm.config.v0+json",
  markdown: "text/markdown",
  componentManifest: "application/vnd.greentic.component.manifest+json",
} as const;

/** What is sent as `Accept` when a manifest is asked for, best first. */
export const manifestMediaTypes: readonly string[] = [
  mediaTypes.ociManifest,
  mediaTypes.ociIndex,
  mediaTypes.dockerManifest,
  mediaTypes.dockerList,
  mediaTypes.ociArtifact,
];

/** The media type in a Content-Type value: lower case and without parameters. */
export function essenceOf(contentType: string): string {
  const end = contentType.indexOf(";");
  return (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
}
