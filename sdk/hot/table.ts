// State that grows with load: rows of fixed columns in a memory object of their own. New code gets the memory by its handle, whatever it
// holds; a durable table survives a crash as the last turn that came to its end left it (docs/hot-swap.md).
// Invariant: nothing that code changes in a turn, or on trial before it is kept, counts unless that turn comes to its end, or it is kept.
import "./begin.ts";
import type { Field, Fields } from "../contract/field.ts";
import { Failure } from "../contract/failure.ts";
import { log } from "../runtime/log.ts";
import { Memory } from "../runtime/memory.ts";
import type { SharedView } from "../runtime/shared-view.ts";
import { supervisor, tellAgain } from "../runtime/supervisor.ts";
import { uusi } from "../runtime/binding.ts";
import { commitTables, handTables } from "./hand-tables.ts";
import { type TableImage, tableHooks } from "./table-hooks.ts";
import { type Column, type Layout, layoutOf } from "./table-layout.ts";
import { TableMemory, tableBytes } from "./table-memory.ts";
import { atTurnEnd } from "./turn-end.ts";

/** Numbers, or truth values for columns of `bool`. */
type Row<F extends Fields> = {
  -readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never;
};

export interface TableOptions<F extends Fields> {
  readonly name: string;
  /** columns: bool, u8, u16, u32, u64, time, duration */
  readonly row: F;
  /** bytes of a row when later code shall have room for more columns; default: what the columns need */
  readonly room?: number;
  /** rows at most, up to 2^20; memory is taken as they come */
  readonly most: number;
  /** rows that one turn may change, beside those that it adds; default 256 */
  readonly changes?: number;
  /** survives a crash */
  readonly durable?: boolean;
}

/** A declared table, for the hand-over. */
export type AnyTable = Table<Fields>;

const tables: AnyTable[] = [];

const FIRST = 64;
const CHANGES = 256;
const LARGEST = 2 ** 20;

export class Table<F extends Fields> {
  readonly name: string;
  readonly durable: boolean;
  readonly layout: Layout;
  readonly #most: number;
  readonly #changes: number;
  readonly #columns: { readonly [name: string]: Column } = {};
  #memory: Memory | undefined;
  #view: SharedView | undefined;
  #rows: TableMemory | undefined;

  constructor({ name, row, room, most, changes = CHANGES, durable = false }: TableOptions<F>) {
    this.name = name;
    this.durable = durable;
    this.layout = layoutOf(name, row, room);
    this.#most = Math.min(most, LARGEST);
    this.#changes = changes;
    for (const each of this.layout.columns)
      (this.#columns as { [name: string]: Column })[each.name] = each;
  }

  get length(): number {
    return this.#rows?.length ?? 0;
  }

  /** The number of a new last row; undefined when there are `most`, or there is no memory. */
  add(values: Row<F>): number | undefined {
    const rows = this.#room();
    const row = rows?.add();
    if (rows === undefined || row === undefined) return undefined;
    const { columns } = this.layout;
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i]!;
      rows.set(row, column, Number(values[column.name]));
    }
    return row;
  }

  /** A value. Throws RangeError when there is no such row. */
  read<K extends keyof F & string>(row: number, name: K): Row<F>[K] {
    const column = this.#columns[name]!;
    const value = this.#present().get(row, column);
    return (column.type === "bool" ? value !== 0 : value) as Row<F>[K];
  }

  write<K extends keyof F & string>(row: number, name: K, value: Row<F>[K]): void {
    this.#present().set(row, this.#columns[name]!, Number(value));
  }

  get(row: number): Row<F> {
    const values: { [name: string]: unknown } = {};
    for (const { name } of this.layout.columns) values[name] = this.read(row, name);
    return values as Row<F>;
  }

  /** Takes a row away: the last one gets its number. */
  remove(row: number): void {
    const rows = this.#present();
    const last = rows.length - 1;
    const { columns } = this.layout;
    if (row !== last)
      for (let i = 0; i < columns.length; i++)
        rows.set(row, columns[i]!, rows.get(last, columns[i]!));
    rows.drop(1);
  }

  clear(): void {
    this.#rows?.drop(this.#rows.length);
  }

  #present(): TableMemory {
    if (this.#rows === undefined) throw new RangeError(`table ${this.name} has no rows`);
    return this.#rows;
  }

  /** Rows with room for one more. */
  #room(): TableMemory | undefined {
    const rows = this.#rows;
    if (rows !== undefined && rows.length < rows.capacity) return rows;
    if ((rows?.length ?? 0) >= this.#most) return undefined;
    const capacity = Math.min(this.#most, rows === undefined ? FIRST : 2 * rows.capacity);
    const changes = Math.max(this.#changes, rows?.journal ?? 0);
    const memory = Memory.create(tableBytes(this.layout, capacity, changes));
    const view = memory instanceof Failure ? memory : memory.map();
    if (memory instanceof Failure || view instanceof Failure) {
      if (!(memory instanceof Failure)) memory.close();
      log(`table ${this.name}: there is no memory for ${capacity} rows`, "error");
      return undefined;
    }
    const old = this.#view;
    this.#rows =
      rows === undefined
        ? TableMemory.make(view, this.layout, capacity, changes)
        : rows.into(view, capacity, (bytes) => uusi.move(view.address, old!.address, bytes));
    old?.close();
    this.#memory?.close();
    this.#memory = memory;
    this.#view = view;
    this.tell();
    return this.#rows;
  }

  /** For the hand-over: the handle of its memory, 0 without any, and the names of its columns. */
  image(): TableImage {
    const { name, layout } = this;
    return {
      name,
      memory: this.#memory?.number ?? 0,
      columns: layout.text,
      rowBytes: layout.rowBytes,
    };
  }

  /** Goes on with memory that is there; why not, or nothing. */
  attach(number: number): string | undefined {
    const memory = new Memory(number);
    const view = memory.map();
    if (view instanceof Failure) {
      memory.close();
      return view.sentence;
    }
    const rows = TableMemory.open(view, this.layout);
    if (typeof rows === "string") {
      view.close();
      memory.close();
      return rows;
    }
    this.#memory = memory;
    this.#view = view;
    this.#rows = rows;
    return undefined;
  }

  /** init keeps a durable table's memory for the next process. */
  tell(): void {
    const copy = this.durable ? this.#memory?.duplicate() : undefined;
    if (copy !== undefined && !(copy instanceof Failure))
      supervisor()?.send.durable({ memory: copy, name: this.name });
  }

  /** For people. */
  show(most: number): object {
    const { name, length, layout } = this;
    const rows = [];
    for (let row = 0; row < length && row < most; row++) rows.push(this.get(row));
    return { name, length, columns: layout.text, rows };
  }

  commit(): void {
    this.#rows?.commit();
  }

  /** What other code has changed on trial is undone. */
  undo(): void {
    this.#rows?.undo();
  }
}

/** Declares a table, once for each name, while the bundle is evaluated. */
export function table<const F extends Fields>(options: TableOptions<F>): Table<F> {
  if (tables.some(({ name }) => name === options.name))
    throw new Error(`table ${options.name} is declared twice; give each a name of its own`);
  const made = new Table(options);
  if (tables.length === 0) {
    tableHooks.present = handTables(tables);
    atTurnEnd(() => commitTables(tables));
  }
  tables.push(made as unknown as AnyTable);
  if (made.durable) tellAgain(() => made.tell());
  return made;
}
