import { bareAddress, printOciName, type ReferenceOf } from "../core/index.ts";

/** The one form under which the meaning of a reference that can change is kept. */
export function canonicalOf(reference: ReferenceOf<"oci"> | ReferenceOf<"https">): string {
  if (reference.kind === "oci") return printOciName(reference.name);
  const url = new URL(reference.url);
  url.hash = "";
  return url.href;
}

/** The same, without anything that may be a secret: userinfo and query are left out. */
export function shownOf(reference: ReferenceOf<"oci"> | ReferenceOf<"https">): string {
  return reference.kind === "oci" ? printOciName(reference.name) : bareAddress(reference.url);
}
