import { DistError, isDistError, type OciName, printable } from "../../core/index.ts";
import { maxMetadataRedirects } from "../auth/token.ts";
import type { RegistryCallOptions, RegistryCalls } from "../calls.ts";

const deleted: ReadonlySet<number> = new Set([200, 202, 204]);
/** By these registries say that they do not delete, or not by tag. */
const unsupported: ReadonlySet<number | undefined> = new Set([400, 405, 501]);

/**
 * Removes a manifest by its digest, and with it all tags that mean it; or, where `name` has no digest, a tag alone
 * (distribution-spec v1.1, "Deleting tags", "Deleting Manifests").
 * @throws {DistError} INVALID_INPUT when the registry does not do that
 */
export async function deleteManifest(
  { send }: Pick<RegistryCalls, "send">,
  name: OciName,
  { reference, signal, tenant }: RegistryCallOptions & { readonly reference: string },
): Promise<void> {
  const { digest, tag } = name;
  try {
    const { response } = await send({
      name,
      path: `manifests/${digest ?? tag}`,
      method: "DELETE",
      accepted: deleted,
      action: "delete",
      maxRedirects: maxMetadataRedirects,
      reference,
      signal,
      tenant,
    });
    response.discard();
  } catch (error) {
    if (!isDistError(error, "NETWORK") || !unsupported.has(error.details.status)) throw error;
    const what = digest === undefined ? "tags alone" : "manifests";
    const message = `${printable(name.registry)} does not delete ${what}: ${error.message}`;
    const hint =
      digest === undefined
        ? "name the digest in place of the tag: that deletes the manifest, and every tag that means it"
        : "whoever runs the registry can allow it (docker-registry: REGISTRY_STORAGE_DELETE_ENABLED=true), or delete it there";
    throw new DistError("INVALID_INPUT", message, { reference }, { hint, cause: error });
  }
}
