import { type LoginTarget, parseLoginTarget, parseTenant } from "../client/index.ts";
import { DistError } from "../core/index.ts";
import type { Invocation } from "./command.ts";
import { valueOf } from "./option-values.ts";

/**
 * Whom a command is to log in to, or out of: its operand, or `--tenant`.
 * @throws {DistError} INVALID_INPUT
 */
export function loginOperand({ operands, options }: Pick<Invocation, "operands" | "options">): LoginTarget {
  const tenant = valueOf(options, "tenant");
  const [text = ""] = operands;
  if (tenant === undefined) return parseLoginTarget(text);
  if (operands.length === 0) return { tenant: parseTenant(tenant) };
  const hint = "leave one of them out";
  throw new DistError("INVALID_INPUT", "an operand and --tenant exclude each other", {}, { hint });
}

/** What a login is for, as messages name it. */
export function nameOf(target: LoginTarget): string {
  return "tenant" in target ? `tenant ${target.tenant}` : target.host;
}
