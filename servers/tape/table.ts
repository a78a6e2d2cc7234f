// The table that a shell shows of a list of records: cells come one by one, rows end, then it is laid out.
// Invariant: all rows have the same column starts, a column of numbers is aligned to the right.

/** Most cells of a table. */
const CELLS = 20_000;

export class Table {
  #rows: string[][] = [];
  #row: string[] = [];
  #cells = 0;
  /** Whether all cells so far below the header were numbers, by column. */
  #right: boolean[] = [];

  /** Adds a cell to the row; false when the table has too many. */
  cell(text: string, number: boolean): boolean {
    this.#cells += 1;
    if (this.#cells > CELLS) return false;
    const column = this.#row.length;
    if (this.#rows.length > 0 && !number && text !== "") this.#right[column] = false;
    this.#row.push(this.#rows.length === 0 ? text.toUpperCase() : text.replace(/[\r\n]+/g, " "));
    return true;
  }

  row(): void {
    if (this.#rows.length === 0) this.#right = this.#row.map(() => true);
    this.#rows.push(this.#row);
    this.#row = [];
  }

  /** The text, and an empty table again. */
  take(): string {
    const rows = this.#rows;
    const last = (rows[0]?.length ?? 0) - 1;
    const widths: number[] = [];
    for (const row of rows)
      for (let i = 0; i <= last; i += 1)
        widths[i] = Math.max(widths[i] ?? 0, Array.from(row[i] ?? "").length);
    let text = "";
    for (const row of rows) {
      let line = "";
      for (let i = 0; i <= last; i += 1) {
        const cell = row[i] ?? "";
        const blank = " ".repeat((widths[i] as number) - Array.from(cell).length);
        line += (i > 0 ? "  " : "") + (this.#right[i] === true ? blank + cell : cell + blank);
      }
      text += `${line.trimEnd()}\n`;
    }
    this.#rows = [];
    this.#row = [];
    this.#cells = 0;
    return text;
  }
}
