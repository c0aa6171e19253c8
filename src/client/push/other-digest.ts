import { type Digest, DistError } from "../../core/index.ts";

/** The error for a digest that stands where something goes, and is not its own. */
export function otherDigest(reference: string, expected: Digest, actual: Digest): DistError<"INVALID_INPUT"> {
  return new DistError(
    "INVALID_INPUT",
    `\`${reference}\` names another artifact: expected ${expected}, got ${actual}`,
    { reference },
    { hint: "name a tag in place of the digest" },
  );
}
