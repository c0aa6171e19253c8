import { normalHost, printable } from "../../core/index.ts";
import {
  type CredentialProvider,
  type CredentialSources,
  type CredentialTarget,
  type KnownLogins,
  type NoCredential,
} from "../../registry/index.ts";

/** What one source has for one registry, part of a registry, or tenant; never the secret. */
export interface KnownLogin {
  /** A host, a host and the beginning of a repository's path, or a tenant of the store. */
  readonly subject: string;
  readonly isTenant: boolean;
  /** A file, a variable, or a helper and the file that names it. */
  readonly source: string;
  /** `first`: tried before all others; `next`: tried when those before it are refused. */
  readonly state: "first" | "next" | "none" | "unusable" | "withheld";
  /** `undefined` when there is no login. */
  readonly username: string | undefined;
  /** Why there is none, where that needs saying. */
  readonly detail: string | undefined;
}

/** Where the store keeps what its tenants pull. */
export const storeHost = "ghcr.io";

/** What each source has for a host, or for a repository there, in the order in which they are tried. */
export async function loginsFor(
  known: CredentialProvider,
  target: CredentialTarget,
): Promise<readonly KnownLogin[]> {
  const { host, repository, tenant } = target;
  const subject = tenant ?? (repository === undefined ? host : `${host}/${repository}`);
  const rows: KnownLogin[] = [];
  for await (const offer of known.credentialsFor(target)) {
    const isLogin = "password" in offer;
    const isFirst = rows.every(({ username }) => username === undefined);
    const detail = isLogin ? undefined : (offer.unusable ?? offer.withheld);
    rows.push({
      subject,
      isTenant: tenant !== undefined,
      source: offer.source,
      state: isLogin ? (isFirst ? "first" : "next") : stateWithout(offer),
      username: isLogin ? printable(offer.username) : undefined,
      detail,
    });
  }
  return rows;
}

function stateWithout({ unusable, withheld }: NoCredential): KnownLogin["state"] {
  if (unusable !== undefined) return "unusable";
  return withheld === undefined ? "none" : "withheld";
}

/** All logins that some source has: of hosts, of parts of them, and of tenants. Runs every helper that is named. */
export async function listLogins(
  known: KnownLogins,
  { before = [], after = [] }: CredentialSources,
  signal: AbortSignal | undefined,
): Promise<readonly KnownLogin[]> {
  const files = (await known.read()).flatMap(({ config }) => (typeof config === "string" ? [] : [config]));
  const stores = [...new Set(files.flatMap(({ store }) => store ?? []))];
  const kept = await Promise.all(stores.map((store) => known.helpers.list(store, signal)));
  const subjects = [
    ...[...before, ...after].flatMap(({ hosts }) => hosts?.map(normalHost) ?? []),
    ...files.flatMap(({ logins, helpers }) => [...logins.keys(), ...helpers.keys()]),
    ...kept.flat(),
  ];
  const rows: KnownLogin[] = [];
  for (const subject of [...new Set(subjects)].toSorted()) {
    const [host = "", ...path] = subject.split("/");
    const repository = path.length === 0 ? undefined : path.join("/");
    rows.push(...(await loginsFor(known, { host, repository, signal })));
  }
  for (const tenant of [...new Set(files.flatMap(({ tenants }) => Array.from(tenants.keys())))].toSorted()) {
    const [own] = await loginsFor(known, { host: storeHost, tenant, signal });
    if (own !== undefined) rows.push(own);
  }
  return rows.filter(({ state }) => state !== "none" && state !== "withheld");
}

/** The helper that is to keep the login for a host: the host's own, else the one for all, of the first file that has any. */
export async function helperFor(known: KnownLogins, host: string): Promise<string | undefined> {
  for (const { config } of await known.read()) {
    const name = typeof config === "string" ? undefined : (config.helpers.get(host) ?? config.store);
    if (name !== undefined) return name;
  }
  return undefined;
}
