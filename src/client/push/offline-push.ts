import { DistError } from "../../core/index.ts";

/** The error for what is to be written to a registry while offline. */
export function offlinePush(reference: string): DistError<"OFFLINE"> {
  return new DistError("OFFLINE", `offline mode forbids pushing to \`${reference}\``, { reference });
}
