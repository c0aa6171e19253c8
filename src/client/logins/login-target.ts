import { DistError, normalHost, printable } from "../../core/index.ts";
import { parseHost } from "../settings/parse-host.ts";

/** Whom a login is for: a registry, or a tenant of the store. */
export type LoginTarget = { readonly host: string } | { readonly tenant: string };

/**
 * Understands what a login is for: a word without dot, colon or slash is a tenant, everything else a registry.
 * @throws {DistError} INVALID_INPUT
 */
export function parseLoginTarget(text: string): LoginTarget {
  if (!/[.:/]/.test(text)) return { tenant: parseTenant(text) };
  const address = text.replace(/^https?:\/\//, "").replace(/\/$/, "");
  if (!address.includes("/")) return { host: normalHost(parseHost(address)) };
  throw new DistError(
    "INVALID_INPUT",
    `\`${printable(text)}\` is no registry host: a login is for a whole registry`,
    {},
    { hint: `name the host only, as in ${printable(address.split("/")[0] ?? "")}` },
  );
}

/**
 * The name of a tenant of the store.
 * @throws {DistError} INVALID_INPUT
 */
export function parseTenant(text: string): string {
  if (/^[A-Za-z0-9._-]+$/.test(text)) return text;
  const hint = "names have ASCII letters, digits, `.`, `-` and `_`";
  throw new DistError("INVALID_INPUT", `\`${printable(text)}\` is no name of a tenant`, {}, { hint });
}
