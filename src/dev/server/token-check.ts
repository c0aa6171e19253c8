import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Secret } from "../../registry/index.ts";

/**
 * Makes what judges an Authorization header: `Bearer TOKEN`, or `Basic` with the token as the password of any user, as
 * clients of registries send it. Takes the same time whatever is wrong with the token.
 */
export function createTokenCheck(token: Secret): (header: string | null) => boolean {
  const key = randomBytes(32);
  const seal = (text: string): Buffer => createHmac("sha256", key).update(text).digest();
  const expected = seal(token.reveal());
  return (header) => timingSafeEqual(seal(tokenIn(header ?? "")), expected);
}

/** The token that a header carries; empty, which no token is, when it carries none. */
function tokenIn(header: string): string {
  const [, scheme, value = ""] = /^(bearer|basic) +(\S+) *$/i.exec(header) ?? [];
  if (scheme?.toLowerCase() !== "basic") return value;
  const login = Buffer.from(value, "base64").toString();
  return login.includes(":") ? login.slice(login.indexOf(":") + 1) : "";
}
