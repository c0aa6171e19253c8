import type { Descriptor, ReferenceOf } from "../core/index.ts";
import { findEntry, missingBlob, openLayout, readLayoutManifest, referrersIn } from "../layout/index.ts";
import type { Source } from "./source.ts";

/** Artifacts in OCI image layouts on this machine. They are read anew each time, as files are. */
export function createLayoutSource(): Source<ReferenceOf<"layout">> {
  return {
    async resolve({ path, form, name, digest }) {
      const layout = await openLayout(path, form);
      const entry = findEntry(layout, { name, digest });
      const load = ({
        digest: of,
        mediaType,
      }: Pick<Descriptor, "digest"> & { readonly mediaType?: string | undefined }) =>
        readLayoutManifest(layout, of, mediaType);
      return {
        kind: "manifest",
        root: await load(entry),
        load,
        async open(layer) {
          const file = await layout.findBlob(layer.digest);
          if (file === undefined) throw missingBlob(path, layer.digest);
          return file.open();
        },
        referrersOf: referrersIn(layout),
        note: undefined,
      };
    },
  };
}
