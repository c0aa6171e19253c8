/**
 * The lines that a terminal shows in the end after `text` was written to it, for the few control sequences that the
 * command uses. Lines do not wrap.
 */
export function screenOf(text: string): readonly string[] {
  const lines: string[] = [""];
  let row = 0;
  let column = 0;
  for (const [token, parameters, final] of text.matchAll(sequence)) {
    const count = Number(parameters || 1);
    if (final !== undefined) {
      if (final === "A") row = Math.max(0, row - count);
      if (final === "B") row += count;
      if (final === "C") column += count;
      if (final === "D") column = Math.max(0, column - count);
      if (final === "G") column = Math.max(0, count - 1);
      if (final === "J") lines.splice(row + 1);
      if (final === "J" || (final === "K" && parameters !== "2"))
        lines[row] = lines[row]?.slice(0, column) ?? "";
      if (final === "K" && parameters === "2") lines[row] = "";
    } else if (token === "\n") {
      row += 1;
    } else if (token === "\r") {
      column = 0;
    } else {
      const line = (lines[row] ?? "").padEnd(column);
      lines[row] = line.slice(0, column) + token + line.slice(column + token.length);
      column += token.length;
    }
    while (lines.length <= row) lines.push("");
  }
  return lines.map((line) => line.trimEnd());
}

/** A control sequence with its parameters and final character, an end of line, or text. */
// oxlint-disable-next-line eslint/no-control-regex
const sequence = /\u001b\[([?\d;]*)([A-Za-z])|[\r\n]|[^\u001b\r\n]+/g;
