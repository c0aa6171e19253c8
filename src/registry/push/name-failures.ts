import { type OciName, relating } from "../../core/index.ts";
import { type Action, failedTo } from "../access.ts";
import { type RegistryCallOptions, shownReference } from "../calls.ts";
import type { RegistryWriter } from "./registry-writer.ts";

/** The same writer; what fails in it, and knows nothing of references, names the one that it is about. */
export function nameFailures(writer: RegistryWriter): RegistryWriter {
  return {
    hasBlob: (name, digest, call = {}) => about(name, call, () => writer.hasBlob(name, digest, call)),
    findManifest: (name, call = {}) => about(name, call, () => writer.findManifest(name, call)),
    writeBlob: (name, blob, call) => about(name, call, () => writer.writeBlob(name, blob, call)),
    writeManifest: (name, document, call = {}) =>
      about(name, call, () => writer.writeManifest(name, document, call)),
    listTags: (name, call) => writer.listTags(name, call),
    deleteManifest: (name, call = {}) =>
      about(name, { ...call, action: "delete" }, () => writer.deleteManifest(name, call)),
  };
}

function about<T>(
  name: OciName,
  call: RegistryCallOptions & { readonly action?: Action | undefined },
  work: () => Promise<T>,
): Promise<T> {
  const reference = shownReference(name, call.reference);
  const { action = "push" } = call;
  return relating(reference, failedTo(reference, { repository: name.repository, action }), work);
}
