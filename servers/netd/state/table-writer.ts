// State on its way to another netd: tables of numbers, texts and bytes, each with the names of its columns, so that a newer or older
// reader takes what it knows and leaves the rest.
//
// Invariant: numbers lie together and bytes lie together; a row's texts and bytes stand in the numbers as their lengths.
//
// Layout, little-endian: u32 magic, u32 version, u32 numbers, u32 bytes; then the numbers as f64, then the bytes. A table begins with
// four numbers (lengths of its name and of its columns' text, its rows, all its numbers) and those two texts among the bytes.

import { text } from "../../../sdk/contract/text.ts";

export const MAGIC = 0x7473_656e;
export const VERSION = 1;
export const FILE_HEADER = 16;
export const TABLE_HEADER = 5;

/** What a column holds: a number or a truth value, a text of characters below 256, bytes. */
export type ColumnKind = "n" | "t" | "b";

export class TableWriter {
  #numbers = new Float64Array(1024);
  #count = 0;
  #bytes = new Uint8Array(4096);
  #length = 0;
  #table = -1;
  #tableBytes = 0;

  /**
   * Begins a table; each of its rows follows as one value a column. Columns are names with their kind in front: `n` a number or a truth
   * value, `t` a text, `b` bytes.
   */
  table(name: string, columns: readonly string[], rows: number): void {
    this.#end();
    this.#table = this.#count;
    this.#tableBytes = this.#length;
    const all = columns.join(" ");
    this.number(name.length);
    this.number(all.length);
    this.number(rows);
    this.number(0);
    this.number(0);
    this.#ascii(name);
    this.#ascii(all);
  }

  number(value: number | boolean): void {
    if (this.#count === this.#numbers.length) {
      const grown = new Float64Array(this.#count * 2);
      grown.set(this.#numbers);
      this.#numbers = grown;
    }
    this.#numbers[this.#count++] = +value;
  }

  text(value: string): void {
    this.number(value.length);
    this.#characters(value);
  }

  blob(value: Uint8Array): void {
    this.number(value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  /** One value for each column of an object, by the columns' names. */
  row(from: object, columns: readonly string[]): void {
    const values = from as { readonly [name: string]: unknown };
    for (let index = 0; index < columns.length; index++) {
      const value = values[columns[index].slice(1)];
      if (typeof value === "number" || typeof value === "boolean") this.number(value);
      else if (typeof value === "string") this.text(value);
      else if (value instanceof Uint8Array) this.blob(value);
      else throw new TypeError(`no column can hold ${columns[index]}`);
    }
  }

  /** A whole table of objects. */
  rows(name: string, columns: readonly string[], list: readonly object[]): void {
    this.table(name, columns, list.length);
    for (let index = 0; index < list.length; index++) this.row(list[index], columns);
  }

  /** All tables. */
  finish(): Uint8Array {
    this.#end();
    const numbers = this.#count * 8;
    const all = new Uint8Array(FILE_HEADER + numbers + this.#length);
    const view = new DataView(all.buffer);
    view.setUint32(0, MAGIC, true);
    view.setUint32(4, VERSION, true);
    view.setUint32(8, this.#count, true);
    view.setUint32(12, this.#length, true);
    all.set(new Uint8Array(this.#numbers.buffer, 0, numbers), FILE_HEADER);
    all.set(this.#bytes.subarray(0, this.#length), FILE_HEADER + numbers);
    return all;
  }

  #end(): void {
    if (this.#table < 0) return;
    this.#numbers[this.#table + 3] = this.#count - this.#table;
    this.#numbers[this.#table + 4] = this.#length - this.#tableBytes;
    this.#table = -1;
  }

  /** Names are ASCII: one call copies them, which the engine does far faster than a loop. */
  #ascii(name: string): void {
    this.#reserve(name.length);
    text.encode(name, this.#bytes, this.#length);
    this.#length += name.length;
  }

  #characters(text: string): void {
    this.#reserve(text.length);
    for (let index = 0; index < text.length; index++) {
      this.#bytes[this.#length++] = text.charCodeAt(index);
    }
  }

  #reserve(more: number): void {
    let capacity = this.#bytes.length;
    if (this.#length + more <= capacity) return;
    while (capacity < this.#length + more) capacity *= 2;
    const grown = new Uint8Array(capacity);
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
