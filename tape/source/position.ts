/**
 * Where a piece of source text is, for messages and debug information.
 *
 * Offsets are UTF-16 indices into the decoded text; lines and columns count from 1, and a column counts
 * code points, so that an editor and a terminal agree on it. Invariant: `lines[0] === 0`, ascending.
 */

/** A half-open range of a file's text. */
export interface Span {
  readonly pos: number;
  readonly end: number;
}

/** One file of source text with an index of its line starts. */
export class Source {
  readonly path: string;
  readonly text: string;
  #lines: number[] | undefined;

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
  }

  /** Offsets at which lines start; built at the first question. */
  get lines(): readonly number[] {
    if (this.#lines !== undefined) return this.#lines;
    const lines = [0];
    const text = this.text;
    for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) lines.push(i + 1);
    this.#lines = lines;
    return lines;
  }

  /** Line and column (from 1) of an offset; offsets past the end give the last position. */
  at(offset: number): { line: number; column: number } {
    const line = this.lineAt(offset);
    const start = this.lines[line - 1] as number;
    let column = 1;
    for (let i = start; i < offset && i < this.text.length; i++) {
      const unit = this.text.charCodeAt(i);
      if (unit < 0xdc00 || unit > 0xdfff) column++;
    }
    return { line, column };
  }

  /** Line (from 1) of an offset, in the time that few steps take however long the line is. */
  lineAt(offset: number): number {
    const lines = this.lines;
    let low = 0;
    let high = lines.length - 1;
    while (low < high) {
      const mid = (low + high + 1) >> 1;
      if ((lines[mid] as number) <= offset) low = mid;
      else high = mid - 1;
    }
    return low + 1;
  }

  /** The text of a line (from 1) without its line break. */
  line(number: number): string {
    const start = this.lines[number - 1] ?? this.text.length;
    const next = this.lines[number] ?? this.text.length + 1;
    return this.text.slice(start, next - 1).replace(/\r$/, "");
  }
}
