import type { OciName } from "../../core/index.ts";
import type { RegistryWriter } from "../../registry/index.ts";
import type { ImageTarget } from "./image-target.ts";

/** A repository as the place that images are written to. */
export function createRegistryTarget(
  writer: RegistryWriter,
  name: OciName,
  call: { readonly reference: string; readonly tenant: string | undefined },
): ImageTarget {
  return {
    hasManifest: async ({ digest }, signal) =>
      (await writer.findManifest({ ...name, digest }, { ...call, signal })) === digest,
    hasBlob: ({ digest }, signal) => writer.hasBlob(name, digest, { ...call, signal }),
    async writeBlob(blob, { open, mountFrom, signal, onProgress }) {
      const isSibling = mountFrom?.registry === name.registry && mountFrom.repository !== name.repository;
      const from = isSibling ? mountFrom.repository : undefined;
      await writer.writeBlob(name, blob, { ...call, open, mountFrom: from, signal, onProgress });
    },
    async writeManifest(document, tags, signal) {
      const { digest } = document;
      const names =
        tags.length === 0 ? [{ ...name, digest }] : tags.map((tag) => ({ ...name, tag, digest: undefined }));
      for (const one of names) await writer.writeManifest(one, document, { ...call, signal });
    },
  };
}
