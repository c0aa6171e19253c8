import { DistError } from "../../core/index.ts";

/** The error for what is to be written to a registry while offline. */
export function offlinePush(reference: string): DistError<"OFFLINE"> {
  const hint = "leave --offline out (and GREENTIC_DIST_OFFLINE=1): only the registry can take it";
  return new DistError(
    "OFFLINE",
    `offline mode forbids pushing to \`${reference}\``,
    { reference },
    { hint },
  );
}
