import { hexOf, type Reference, type ReferenceOf } from "../../core/index.ts";

/** What an entry of a lockfile is called where nobody says: the last word of its repository, or its file without the ending. */
export function nameOf(reference: Reference): string {
  switch (reference.kind) {
    case "oci":
      return lastWord(reference.name.repository);
    case "mapped":
      return lastWord(reference.target.replace(/@.*$/, "")).replace(/:.*$/, "");
    case "https":
      return stem(lastWord(reference.url.pathname)) || reference.url.hostname;
    case "file":
      return stem(lastWord(reference.path.replaceAll("\\", "/")));
    case "layout":
      return nameInLayout(reference);
    case "fixture":
      return reference.fixture;
    case "digest":
      return hexOf(reference.digest).slice(0, 12);
  }
}

/** What something in a layout is called when that is a reference, or else the layout. */
function nameInLayout({ name = "", path }: ReferenceOf<"layout">): string {
  const repository = name.replace(/@.*$/, "").replace(/:[^/]*$/, "");
  return name.includes("/") ? lastWord(repository) : stem(lastWord(path.replaceAll("\\", "/")));
}

/** `name`, or with a number after it when that is taken; it is then. */
export function uniqueName(name: string, taken: Set<string>): string {
  let unique = name;
  for (let n = 2; taken.has(unique); n++) unique = `${name}-${n}`;
  taken.add(unique);
  return unique;
}

function lastWord(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function stem(file: string): string {
  return file.replace(/(?<=.)\.[^.]*$/, "");
}
