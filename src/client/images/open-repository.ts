import { DistError, type OciName, printable } from "../../core/index.ts";
import type { RegistryClient, RegistryWriter } from "../../registry/index.ts";
import type { PullContext } from "../pull/pull-context.ts";
import { parseRegistryReference } from "../push/registry-reference.ts";

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
 * @throws {DistError} INVALID_REFERENCE; INVALID_INPUT when it names nothing in a registry; OFFLINE, FORBIDDEN
 */
export async function openRepository(
  { settings, network }: PullContext,
  text: string,
): Promise<OpenRepository> {
  const shown = printable(text);
  const { bases } = settings;
  const { name, tenant } = parseRegistryReference(text, {
    bases,
    hint: "only what a registry holds can be tagged and deleted",
  });
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

/** The error for what a registry does not have. */
export function notInRepository(
  reference: string,
  { registry, repository }: OciName,
): DistError<"NOT_FOUND"> {
  const hint = `\`greentic-dist tags ${registry}/${repository}\` lists the tags that are there`;
  return new DistError("NOT_FOUND", `\`${reference}\` is not there`, { reference }, { hint });
}
