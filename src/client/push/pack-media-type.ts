import type { Shape } from "../../wasm/index.ts";

/**
 * The media type under which a pack of this shape is published, and the Rust client fetches it; `undefined` for what is no
 * pack by its shape.
 */
export const packMediaTypes: Readonly<Partial<Record<Shape, string>>> = {
  zip: "application/vnd.greentic.gtpack.v1+zip",
  tar: "application/vnd.greentic.gtpack.layer.v1+tar",
  gzip: "application/vnd.oci.image.layer.v1.tar+gzip",
  zstd: "application/vnd.oci.image.layer.v1.tar+zstd",
  json: "application/vnd.greentic.pack+json",
};
