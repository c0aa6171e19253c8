import { check, pipe, string } from "valibot";
import { type Codec, plain } from "./codec.ts";

const idPattern = /^[A-Za-z0-9._-]+$/;
const secretKeyPattern = /^(?!\/)[A-Za-z0-9._/-]+$/;

/**
 * Whether `text` can name an environment, tenant, team, user, pack or component: ASCII letters, digits, `.`, `-`, `_`,
 * and not empty. `.` and `..` can: whoever makes a path of one has to look.
 */
export function isDistributorId(text: string): boolean {
  return idPattern.test(text);
}

/** Whether `text` can be the key of a secret: ASCII `[A-Za-z0-9._/-]+`, no leading `/`, no segment `..`. */
export function isSecretKey(text: string): boolean {
  return secretKeyPattern.test(text) && !text.split("/").includes("..");
}

/** See {@link isDistributorId}. */
export const distributorId: Codec<string> = plain(
  pipe(string(), check(isDistributorId, "expected ASCII letters, digits, '.', '-' or '_', and at least one")),
);

/** See {@link isSecretKey}. */
export const secretKey: Codec<string> = plain(
  pipe(
    string(),
    check(
      isSecretKey,
      "expected ASCII letters, digits, '.', '_', '-' or '/', no leading '/', no '..' segment",
    ),
  ),
);
