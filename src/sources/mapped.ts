import { DistError, invalidReference, parseOciName, printable, type ReferenceOf } from "../core/index.ts";

/** Which registry each scheme stands for: a host and maybe a path, as in `ghcr.io/acme`. */
export interface RegistryBases {
  readonly repo: string | undefined;
  readonly store: string | undefined;
}

/**
 * `store://greentic-biz/<tenant>/<path>`: Greentic's own store, which lies in one organisation of GHCR. The tenant's
 * saved login opens it.
 */
const storePattern = /^greentic-biz\/([^/]+)\/(.+)$/;

/**
 * The registry reference that a `repo://` or `store://` one stands for.
 * @throws {DistError} UNMAPPED when no registry is configured; INVALID_REFERENCE when what results is no reference
 */
export function mapToOci(reference: ReferenceOf<"mapped">, bases: RegistryBases): ReferenceOf<"oci"> {
  const { scheme, target, text } = reference;
  const [, tenant, inStore] = (scheme === "store" && storePattern.exec(target)) || [];
  const base = bases[scheme]?.replace(/\/+$/, "");
  if (inStore === undefined && base === undefined) throw unmapped(reference);
  const name = parseOciName(inStore === undefined ? `${base}/${target}` : `ghcr.io/greentic-biz/${inStore}`);
  if (name === undefined)
    throw invalidReference(text, `${scheme}:// is followed by name:tag or name@sha256:…`);
  return { kind: "oci", text, name, ...(tenant === undefined ? {} : { tenant }) };
}

function unmapped({ scheme, text }: ReferenceOf<"mapped">): DistError<"UNMAPPED"> {
  const reference = printable(text);
  const variable = scheme === "repo" ? "GREENTIC_REPO_REGISTRY_BASE" : "GREENTIC_STORE_REGISTRY_BASE";
  return new DistError(
    "UNMAPPED",
    `resolution unavailable for \`${reference}\``,
    { reference, variable },
    { hint: `set ${variable} to the registry that ${scheme}:// stands for, as in ghcr.io/owner` },
  );
}
