import { openLogins } from "../../client/index.ts";
import type { Invocation, Output } from "../command.ts";
import { loginOperand, nameOf } from "../login-operand.ts";

/** `auth logout HOST | TENANT` */
export async function authLogout(invocation: Invocation): Promise<Output> {
  const { clientOptions, signal } = invocation;
  const target = loginOperand(invocation);
  await using logins = await openLogins(clientOptions);
  const { removedFrom, left } = await logins.logOut(target, signal);
  const name = nameOf(target);
  return {
    lines:
      removedFrom.length === 0
        ? [`no login for ${name} was saved here`]
        : removedFrom.map((place) => `removed the login for ${name} from ${place}`),
    notes: left.map(({ source, username }) => `note: ${source} still has the login of ${username}`),
    json: {
      ...target,
      removed_from: removedFrom,
      left: left.map(({ source, username }) => ({ source, username })),
    },
  };
}
