import { type KnownLogin, openLogins, parseLoginTarget } from "../../client/index.ts";
import { table } from "../table.ts";
import type { Invocation, Output } from "../command.ts";

/** `auth status [HOST]` */
export async function authStatus({ operands, clientOptions, signal }: Invocation): Promise<Output> {
  await using logins = await openLogins(clientOptions);
  const [text] = operands;
  const known =
    text === undefined ? await logins.list(signal) : await logins.loginsFor(...placeOf(text), signal);
  return { lines: known.length === 0 ? [nothing(text)] : table(rowsOf(known)), json: known.map(describe) };
}

/** A host, and a repository there when one is named: some logins are for a part of a registry. */
function placeOf(text: string): readonly [host: string, repository: string | undefined] {
  const [first = "", ...path] = text.replace(/^https?:\/\//, "").split("/");
  const target = parseLoginTarget(`${first}/`);
  const repository = path.join("/");
  return ["host" in target ? target.host : first, repository === "" ? undefined : repository];
}

function nothing(host: string | undefined): string {
  return host === undefined
    ? "no logins are known; `greentic-dist auth login HOST` saves one"
    : `nothing says where logins for ${host} may be`;
}

function rowsOf(known: readonly KnownLogin[]): readonly (readonly string[])[] {
  return [
    ["FOR", "TRIED", "USER", "SOURCE"],
    ...known.map(({ subject, isTenant, state, username = "-", source, detail }) => [
      isTenant ? `tenant ${subject}` : subject,
      state === "none" || state === "withheld" || state === "unusable" ? "-" : state,
      username,
      detail === undefined ? (state === "none" ? `${source}: no login` : source) : `${source}: ${detail}`,
    ]),
  ];
}

function describe({ subject, isTenant, state, username, source, detail }: KnownLogin): object {
  return {
    ...(isTenant ? { tenant: subject } : { host: subject }),
    source,
    state,
    username: username ?? null,
    detail: detail ?? null,
  };
}
