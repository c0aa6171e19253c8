import { type LoginTarget, type NewLogin, openLogins } from "../../client/index.ts";
import { DistError } from "../../core/index.ts";
import type { Invocation, Output } from "../command.ts";
import { loginOperand, nameOf } from "../login-operand.ts";
import { valueOf } from "../option-values.ts";
import { ask, readSecret } from "../read-secret.ts";

/** `auth login HOST | TENANT [-u USER] [--password-stdin | --token T]` */
export async function authLogin(invocation: Invocation): Promise<Output> {
  const { clientOptions, signal } = invocation;
  const target = loginOperand(invocation);
  const login = await readLogin(target, invocation);
  await using logins = await openLogins(clientOptions);
  const { storedIn, isPlaintext, isChecked } = await logins.logIn(target, login, signal);
  const { username } = login;
  const name = nameOf(target);
  return {
    lines: [`saved the login of ${username} for ${name} in ${storedIn}`],
    notes: [
      ...(isChecked ? [] : [uncheckedNote(target)]),
      ...(isPlaintext && "host" in target ? [plaintextNote] : []),
    ],
    json: { ...target, username, stored_in: storedIn, plaintext: isPlaintext, checked: isChecked },
  };
}

const plaintextNote =
  'note: only this user may read the file, but the password is not encrypted in it; with a credential helper ("credsStore" in ~/.docker/config.json) the system keeps it';

function uncheckedNote(target: LoginTarget): string {
  return "host" in target
    ? `note: ${target.host} asks for no login, so this one was not checked`
    : `note: a tenant's login is checked by the first pull from store://greentic-biz/${target.tenant}/…`;
}

async function readLogin(target: LoginTarget, invocation: Invocation): Promise<NewLogin> {
  const { options, clientOptions, signal } = invocation;
  const given = valueOf(options, "username") ?? ("tenant" in target ? target.tenant : undefined);
  const token = valueOf(options, "token");
  const fromStdin = options.has("password-stdin");
  if (token !== undefined && fromStdin) throw misuse("--token and --password-stdin exclude each other");
  if (token !== undefined) {
    clientOptions.onEvent?.({
      event: "warning",
      code: "SECRET_ON_COMMAND_LINE",
      message: "others on this machine can read what --token says; --password-stdin hides it",
      reference: undefined,
    });
    return { username: given ?? "token", password: token };
  }
  if (fromStdin) {
    if (given === undefined) throw misuse("--password-stdin requires a user name: -u USER");
    return { username: given, password: await readSecret(signal) };
  }
  if (!process.stdin.isTTY) throw noTerminal(target, given);
  const username = given ?? (await ask("Username: ", { isHidden: false, signal }));
  const what = "tenant" in target ? "Token" : "Password";
  return { username, password: await ask(`${what} for ${nameOf(target)}: `, { isHidden: true, signal }) };
}

function misuse(message: string): DistError<"INVALID_INPUT"> {
  return new DistError("INVALID_INPUT", message, {}, { hint: "`greentic-dist auth login --help` shows how" });
}

function noTerminal(target: LoginTarget, username: string | undefined): DistError<"INVALID_INPUT"> {
  const operand =
    "tenant" in target ? `--tenant ${target.tenant}` : `${target.host} -u ${username ?? "USER"}`;
  return new DistError(
    "INVALID_INPUT",
    `cannot ask for the password of ${nameOf(target)}: stdin is no terminal`,
    {},
    { hint: `echo "$TOKEN" | greentic-dist auth login ${operand} --password-stdin` },
  );
}
