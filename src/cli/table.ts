/** Columns that line up, a line for each row; the last one is as long as it is. */
export function table(
  rows: readonly (readonly string[])[],
  { right }: { readonly right?: number | undefined } = {},
): readonly string[] {
  const widths = rows[0]?.slice(0, -1).map((_, column) => widthOf(rows, column)) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === right ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  "),
  );
}

function widthOf(rows: readonly (readonly string[])[], column: number): number {
  return Math.max(...rows.map((row) => row[column]?.length ?? 0));
}
