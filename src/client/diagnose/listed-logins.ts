import type { ReferenceOf } from "../../core/index.ts";
import type { AccessReport } from "../../registry/index.ts";
import { type KnownLogin, loginsFor } from "../logins/known-logins.ts";
import type { Pull } from "../pull/pull-context.ts";

/** What each source has for who demanded a login; nobody is asked where there was no demand. */
export async function listedLogins(
  { settings, signal }: Pull,
  { tenant }: Pick<ReferenceOf<"oci">, "tenant">,
  access: AccessReport | undefined,
): Promise<readonly KnownLogin[]> {
  if (access === undefined) return [];
  const { createCredentials } = await import("../../registry/index.ts");
  const provider = settings.credentials ?? createCredentials(await settings.logins());
  const { host, repository } = access;
  return loginsFor(provider, { host, repository, tenant, signal });
}
