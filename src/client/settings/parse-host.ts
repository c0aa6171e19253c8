import { DistError, printable } from "../../core/index.ts";

/** A registry or server as `host` or `host:port`, in lower case; `undefined` for a text that names none. */
export function hostOf(text: string): string | undefined {
  const isHost = /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?$/.test(text);
  return isHost && URL.canParse(`https://${text}`) ? text.toLowerCase() : undefined;
}

/**
 * The name of a registry or server, as `host` or `host:port`, in lower case.
 * @throws {DistError} INVALID_INPUT
 */
export function parseHost(text: string): string {
  const host = hostOf(text);
  if (host !== undefined) return host;
  throw new DistError(
    "INVALID_INPUT",
    `\`${printable(text)}\` is no registry host`,
    {},
    { hint: "write HOST or HOST:PORT, as in registry.local:5000" },
  );
}
