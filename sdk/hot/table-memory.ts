// Rows of a table in memory that outlives the code, and maybe the process, that writes them. A turn is a transaction: what a committed row
// held is kept in a journal before it is changed, and one 64-bit store at the end of the turn makes length and changes count.
// Invariant: at each moment `open` of the memory finds the rows as the last `commit` left them.
import type { MemoryView } from "../runtime/shared-view.ts";
import { type Column, type Layout, layoutFault } from "./table-layout.ts";

/** What rows lie in. */
export interface RowMemory extends MemoryView {
  move(to: number, from: number, length: number): void;
}

/** Offsets of the head's words; STATE is one 64-bit word: entries of the journal below, committed rows above. */
const head = { MAGIC: 0, ROWS: 4, ROW_BYTES: 8, JOURNAL: 12, STATE: 16, TEXT_BYTES: 24, TEXT: 32 };
const MAGIC = 0x3154_4f48;
const HEAD_BYTES = 1024;
const WORD = 2 ** 32;

/** Bytes for that many rows, and that many changed ones in a turn. */
export function tableBytes({ rowBytes }: Layout, rows: number, journal: number): number {
  return HEAD_BYTES + journal * (8 + rowBytes) + rows * rowBytes;
}

export class TableMemory {
  readonly view: RowMemory;
  readonly layout: Layout;
  /** rows that there is room for */
  readonly capacity: number;
  /** changed rows that a turn may have */
  readonly journal: number;
  length: number;
  #committed: number;
  #entries = 0;
  /** the row whose old content the journal has got last */
  #last = -1;
  /** the memory names the columns of this code, too */
  #named = false;
  readonly #rows: number;

  private constructor(view: RowMemory, layout: Layout) {
    this.view = view;
    this.layout = layout;
    this.capacity = view.get32(head.ROWS);
    this.journal = view.get32(head.JOURNAL);
    this.#rows = HEAD_BYTES + this.journal * (8 + layout.rowBytes);
    this.length = this.#committed = view.get32(head.STATE + 4);
  }

  /** An empty table in zeroed memory of `tableBytes`. */
  static make(view: RowMemory, layout: Layout, rows: number, journal: number): TableMemory {
    view.set32(head.ROWS, rows);
    view.set32(head.ROW_BYTES, layout.rowBytes);
    view.set32(head.JOURNAL, journal);
    view.set32(head.MAGIC, MAGIC);
    return new TableMemory(view, layout);
  }

  /** A table that is there, as its last commit left it; or why it is none of this layout. */
  static open(view: RowMemory, layout: Layout): TableMemory | string {
    if (view.length < HEAD_BYTES || view.get32(head.MAGIC) !== MAGIC) return "it is no table";
    const was = columnsIn(view);
    const fault = was === "" ? undefined : layoutFault(was, view.get32(head.ROW_BYTES), layout);
    if (fault !== undefined) return fault;
    const table = new TableMemory(view, layout);
    const { capacity, journal } = table;
    if (
      tableBytes(layout, capacity, journal) > view.length ||
      table.length > capacity ||
      view.get32(head.STATE) > journal
    )
      return "its head is not sound";
    table.undo();
    return table;
  }

  #at(row: number): number {
    if (!(row >= 0 && row < this.length && row % 1 === 0))
      throw new RangeError(`row ${row} of a table of ${this.length}`);
    return this.#rows + row * this.layout.rowBytes;
  }

  get(row: number, column: Column): number {
    const at = this.#at(row) + column.at;
    const { view } = this;
    if (column.bytes === 4) return view.get32(at);
    if (column.bytes === 8) return view.get64(at);
    return column.bytes === 2 ? view.get16(at) : view.get8(at);
  }

  set(row: number, column: Column, value: number): void {
    const at = this.#at(row) + column.at;
    if (row < this.#committed && row !== this.#last) this.#keep(row);
    const { view } = this;
    if (column.bytes === 4) view.set32(at, value);
    else if (column.bytes === 8) view.set64(at, value);
    else if (column.bytes === 2) view.set16(at, value);
    else view.set8(at, value);
  }

  /** What a row held goes into the journal before it is changed. Throws when the turn has changed too many. */
  #keep(row: number): void {
    const { view, layout, journal } = this;
    if (this.#entries === journal)
      throw new Error(`a turn changes more than ${journal} rows; raise \`changes\` of the table`);
    const entry = HEAD_BYTES + this.#entries * (8 + layout.rowBytes);
    view.set32(entry, row);
    view.move(entry + 8, this.#rows + row * layout.rowBytes, layout.rowBytes);
    this.#entries += 1;
    this.#last = row;
    view.set32(head.STATE, this.#entries);
  }

  /** A new last row of zeros; undefined when the memory is full. */
  add(): number | undefined {
    if (this.length === this.capacity) return undefined;
    const row = this.length++;
    // what lies there may be of a row that was taken away, and is one still if this turn does not come to its end
    if (row < this.#committed) this.#keep(row);
    const at = this.#rows + row * this.layout.rowBytes;
    for (let i = 0; i < this.layout.rowBytes; i += 8) this.view.set64(at + i, 0);
    return row;
  }

  /** Takes the last `rows` away. */
  drop(rows: number): void {
    if (!(rows >= 0 && rows <= this.length && rows % 1 === 0))
      throw new RangeError(`${rows} rows of ${this.length}`);
    this.length -= rows;
    if (this.#last >= this.length) this.#last = -1;
  }

  /** What was changed counts from now on. */
  commit(): void {
    if (!this.#named) {
      this.#named = true;
      nameColumns(this.view, this.layout);
    }
    if (this.#entries === 0 && this.length === this.#committed) return;
    this.view.set64(head.STATE, this.length * WORD);
    this.#committed = this.length;
    this.#entries = 0;
    this.#last = -1;
  }

  /** Everything is as the last commit left it. */
  undo(): void {
    const { view, layout } = this;
    for (let i = view.get32(head.STATE) - 1; i >= 0; i--) {
      const entry = HEAD_BYTES + i * (8 + layout.rowBytes);
      view.move(this.#rows + view.get32(entry) * layout.rowBytes, entry + 8, layout.rowBytes);
    }
    this.length = this.#committed = view.get32(head.STATE + 4);
    view.set64(head.STATE, this.length * WORD);
    this.#entries = 0;
    this.#last = -1;
  }

  /** Rows and journal in memory with room for more rows; the old memory stays as it is. `copy` copies bytes from its begin. */
  into(view: RowMemory, rows: number, copy: (bytes: number) => void): TableMemory {
    copy(this.#rows + this.length * this.layout.rowBytes);
    view.set32(head.ROWS, rows);
    const grown = new TableMemory(view, this.layout);
    grown.length = this.length;
    grown.#entries = this.#entries;
    return grown;
  }
}

/** Columns that are named already are the first of these, so that the names are sound before and after the store of their length. */
function nameColumns(view: RowMemory, { text }: Layout): void {
  if (view.get32(head.TEXT_BYTES) >= text.length) return;
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  view.copyIn(head.TEXT, bytes, 0, bytes.length);
  view.set32(head.TEXT_BYTES, text.length);
}

function columnsIn(view: RowMemory): string {
  const bytes = new Uint8Array(Math.min(view.get32(head.TEXT_BYTES), HEAD_BYTES - head.TEXT));
  view.copyOut(head.TEXT, bytes, 0, bytes.length);
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}
