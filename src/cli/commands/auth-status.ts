import { type KnownLogin, type LoginTarget, openLogins } from "../../client/index.ts";
import type { Invocation, Output } from "../command.ts";
import { loginOperand, nameOf } from "../login-operand.ts";
import { table } from "../table.ts";

/** `auth status [HOST[/REPOSITORY] | TENANT]` */
export async function authStatus(invocation: Invocation): Promise<Output> {
  const { operands, options, clientOptions, signal } = invocation;
  const isAll = operands.length === 0 && !options.has("tenant");
  const place = isAll ? undefined : placeOf(invocation);
  await using logins = await openLogins(clientOptions);
  const known = place === undefined ? await logins.list(signal) : await logins.loginsFor(...place, signal);
  const name = place && nameOf(place[0]);
  return { lines: known.length === 0 ? [nothing(name)] : table(rowsOf(known)), json: known.map(describe) };
}

/** Whom logins are for, and the repository when one is named: some logins are for a part of a registry. */
function placeOf({ operands, options }: Invocation): readonly [LoginTarget, repository: string | undefined] {
  const [text = ""] = operands;
  const [, host, path] = /^([^/]+)\/(.*[^/])\/*$/.exec(text.replace(/^https?:\/\//, "")) ?? [];
  const target = loginOperand({ operands: host === undefined ? operands : [`${host}/`], options });
  return [target, path];
}

function nothing(name: string | undefined): string {
  return name === undefined
    ? "no logins are known; `greentic-dist auth login HOST` saves one"
    : `nothing says where logins for ${name} may be`;
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
