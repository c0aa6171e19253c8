const blank = /(?:[\ufeff \t\r\n]|#[^\n]*)*/y;
const header = /\[{1,2}/y;
const keyPart = /[ \t]*(?:"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)'|([A-Za-z0-9_-]+))[ \t]*(\.?)/y;
/** What may hide the end of a value, and the end itself. */
const valueToken =
  /"""(?:[^\\]|\\[^])*?"{3,5}|'''[^]*?'{3,5}|"(?:[^"\\]|\\.)*"|'[^']*'|#[^\n]*|[[{]|[\]}]|\n/g;

/** How many keys of a path are told: a table, and what is in it. */
const told = 2;

/**
 * Tells `see` each key of a **valid** TOML document (v1.0) with its line, from 1: tables, and what is in them, as a
 * path of one or two keys. What is in an inline table has no line of its own. A key may be told more than once.
 */
export function tomlLines(text: string, see: (path: readonly string[], line: number) => void): void {
  let table: readonly string[] = [];
  let at = 0;
  let line = 1;
  let counted = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) at = pattern.lastIndex;
    return found;
  };
  const readPath = (): readonly string[] => {
    const path: string[] = [];
    for (let part = match(keyPart); part !== null; part = match(keyPart)) {
      if (path.length < told) path.push(plainKey(part[1]) ?? part[2] ?? part[3] ?? "");
      if (part[4] === "") break;
    }
    return path;
  };
  const skipRest = (opened: number): void => {
    let depth = opened;
    for (let token = match(valueToken); token !== null; token = match(valueToken)) {
      const [word] = token;
      if (word === "\n" && depth === 0) return;
      if (word === "[" || word === "{") depth += 1;
      if (word === "]" || word === "}") depth -= 1;
    }
    at = text.length;
  };
  for (match(blank); at < text.length; match(blank)) {
    line += text.slice(counted, at).split("\n").length - 1;
    counted = at;
    const brackets = match(header)?.[0].length ?? 0;
    const isHeader = brackets > 0;
    const path = isHeader ? readPath() : [...table, ...readPath()].slice(0, told);
    if (isHeader) table = path;
    path.forEach((_, i) => see(path.slice(0, i + 1), line));
    skipRest(brackets);
  }
}

/** A quoted key with its escapes of code points resolved; others stand in no key that anybody looks for. */
function plainKey(quoted: string | undefined): string | undefined {
  return quoted?.replace(/\\(?:u([\da-f]{4})|U([\da-f]{8})|x([\da-f]{2}))/gi, (_, ...hex: string[]) =>
    String.fromCodePoint(Number.parseInt(hex.slice(0, 3).join(""), 16)),
  );
}
