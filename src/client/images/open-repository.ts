import { DistError, invalidReference, type OciName, parseReference, printable } from "../../core/index.ts";
import type { RegistryClient, RegistryWriter } from "../../registry/index.ts";
import { mapReference } from "../../sources/index.ts";
import type { PullContext } from "../pull/pull-context.ts";

/** A repository in which something is to be changed, and what of it a reference names. */
export interface OpenRepository {
  readonly name: OciName;
  readonly tenant: string | undefined;
  /** Asks the registry itself and no mirror: what is changed there is read there. */
  readonly writer: RegistryWriter;
  /** Mirrors too: for what is checked by its digest. */
  readonly client: RegistryClient;
}

/**
 * Opens the repository of a reference.
 * @throws {DistError} INVALID_REFERENCE when it names nothing in a registry; OFFLINE, FORBIDDEN
 */
export async function openRepository(
  { settings, network }: PullContext,
  text: string,
): Promise<OpenRepository> {
  const shown = printable(text);
  const reference = mapReference(parseReference(text, { pathExists: () => false }), settings);
  if (reference.kind !== "oci") throw invalidReference(text, "expected registry/repository:tag");
  const { name, tenant } = reference;
  if (network !== undefined) {
    return { name, tenant, writer: await network.writer(name), client: await network.registry() };
  }
  const hint = "leave --offline out (and GREENTIC_DIST_OFFLINE=1)";
  throw new DistError(
    "OFFLINE",
    `offline mode forbids changing \`${shown}\``,
    { reference: shown },
    { hint },
  );
}
