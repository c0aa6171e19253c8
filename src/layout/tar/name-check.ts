/** What an entry of an archive is. */
type Kind = "file" | "folder";

/** More than a layout's own names have; `PATH_MAX` of no system is less. */
const maxLength = 255;
const unsafe = /[\\\p{Cc}\p{Cs}]|^[A-Za-z]:/u;

/**
 * Checks the names of an archive's entries, one after the other. A name that is good comes back without a `./` before
 * it and a `/` after it; else what is wrong with it, in words that continue a sentence that begins with the entry.
 */
export function createNameCheck(): (
  name: string,
  kind: Kind,
) => { readonly name: string } | { readonly flaw: string } {
  const seen = new Map<string, Kind>();
  return (name, kind) => {
    const bare = name.replace(/^\.\//, "");
    const path = kind === "folder" ? bare.replace(/\/$/, "") : bare;
    // `tar -C layout .` begins with the folder itself.
    if (kind === "folder" && (path === "" || path === ".") && name !== "" && name !== "/")
      return { name: "" };
    if (path.length > maxLength) return { flaw: `has a name of more than ${maxLength} characters` };
    const parts = path.split("/");
    if (path.startsWith("/") || parts.includes("..") || unsafe.test(path)) {
      return { flaw: "has a name that leads out of the archive" };
    }
    if (parts.includes("") || parts.includes(".")) return { flaw: "has a malformed name" };
    const parents = parts.slice(0, -1).map((_, i) => parts.slice(0, i + 1).join("/"));
    const before = seen.get(path);
    if (before === "file" || (before !== undefined && kind === "file")) {
      return { flaw: "is there twice" };
    }
    if (parents.some((parent) => seen.get(parent) === "file")) return { flaw: "lies in a file" };
    for (const parent of parents) seen.set(parent, "folder");
    seen.set(path, kind);
    return { name: path };
  };
}
