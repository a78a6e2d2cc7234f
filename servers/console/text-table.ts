// Lays out rows as aligned columns for a terminal.
// Invariant: every row has the same column starts; the last column is never padded.

/** `right`: numbers of columns that are aligned to the right. */
export function textTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) =>
    all.reduce((width, row) => Math.max(width, Array.from(row[column] ?? "").length), 0),
  );
  let text = "";
  for (const row of all) {
    let line = "";
    for (let column = 0; column < header.length; column += 1) {
      const cell = row[column] ?? "";
      const blank = " ".repeat((widths[column] as number) - Array.from(cell).length);
      line += (column > 0 ? "  " : "") + (right.includes(column) ? blank + cell : cell + blank);
    }
    text += line.trimEnd() + "\n";
  }
  return text;
}
