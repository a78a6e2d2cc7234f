// State from another netd, as table-writer.ts has written it.
//
// Invariant: a reader that was made has looked at every length: nothing that it hands out lies outside. A column that is not there reads
// as 0, "" or no bytes, a table that is not there as one without rows.

import { text } from "../../../sdk/contract/text.ts";
import { FILE_HEADER, MAGIC, TABLE_HEADER, VERSION } from "./table-writer.ts";

const nothing = new Uint8Array(0);

/** One table. */
export class StateTable {
  readonly rows: number;
  readonly #columns: readonly string[];
  readonly #numbers: Float64Array;
  readonly #bytes: Uint8Array;
  /** Where each row's bytes begin. */
  #starts: number[] | undefined;

  constructor(rows: number, columns: readonly string[], numbers: Float64Array, bytes: Uint8Array) {
    this.rows = rows;
    this.#columns = columns;
    this.#numbers = numbers;
    this.#bytes = bytes;
  }

  /** The number in a row and column; 0 when there is none. */
  number(row: number, name: string): number {
    const place = this.#columns.indexOf("n" + name);
    return place < 0 ? 0 : this.#numbers[row * this.#columns.length + place];
  }

  /** The bytes in a row and column, not copied; the caller does not keep them. */
  blob(row: number, name: string): Uint8Array {
    return this.#part(row, "b" + name);
  }

  text(row: number, name: string): string {
    const bytes = this.#part(row, "t" + name);
    let text = "";
    for (let index = 0; index < bytes.length; index++) text += String.fromCharCode(bytes[index]);
    return text;
  }

  /** Puts each number and text of the row where `into` has a property of that name and kind. */
  fill(row: number, into: object): void {
    const target = into as { [name: string]: unknown };
    const columns = this.#columns;
    for (let place = 0; place < columns.length; place++) {
      const name = columns[place].slice(1);
      const kind = typeof target[name];
      const value = this.#numbers[row * columns.length + place];
      if (columns[place][0] === "n") {
        if (kind === "number") target[name] = value;
        else if (kind === "boolean") target[name] = value !== 0;
      } else if (columns[place][0] === "t" && kind === "string")
        target[name] = this.text(row, name);
    }
  }

  #part(row: number, column: string): Uint8Array {
    const columns = this.#columns;
    const place = columns.indexOf(column);
    if (place < 0) return nothing;
    let at = this.#rowStart(row);
    const numbers = row * columns.length;
    for (let before = 0; before < place; before++) {
      if (columns[before][0] !== "n") at += this.#numbers[numbers + before];
    }
    return this.#bytes.subarray(at, at + this.#numbers[numbers + place]);
  }

  #rowStart(row: number): number {
    if (this.#starts === undefined) {
      this.#starts = [];
      let at = 0;
      for (let each = 0; each < this.rows; each++) {
        this.#starts.push(at);
        at += rowBytes(this.#numbers, each, this.#columns);
      }
    }
    return this.#starts[row];
  }
}

function rowBytes(numbers: Float64Array, row: number, columns: readonly string[]): number {
  let bytes = 0;
  for (let place = 0; place < columns.length; place++) {
    if (columns[place][0] !== "n") bytes += numbers[row * columns.length + place];
  }
  return bytes;
}

const noTable = new StateTable(0, [], new Float64Array(0), nothing);

/** All tables by name. */
export class TableReader {
  readonly #tables: Map<string, StateTable>;

  private constructor(tables: Map<string, StateTable>) {
    this.#tables = tables;
  }

  /** Looks at all lengths; undefined when something is wrong, or another version has written it. */
  static open(all: Uint8Array): TableReader | undefined {
    if (all.length < FILE_HEADER) return undefined;
    const head = new DataView(all.buffer, all.byteOffset, FILE_HEADER);
    if (head.getUint32(0, true) !== MAGIC || head.getUint32(4, true) !== VERSION) return undefined;
    const count = head.getUint32(8, true);
    if (FILE_HEADER + count * 8 + head.getUint32(12, true) !== all.length) return undefined;
    const numbers = new Float64Array(count);
    const bytesAt = FILE_HEADER + count * 8;
    new Uint8Array(numbers.buffer).set(all.subarray(FILE_HEADER, bytesAt));
    const tables = readTables(numbers, all.subarray(bytesAt));
    return tables === undefined ? undefined : new TableReader(tables);
  }

  table(name: string): StateTable {
    return this.#tables.get(name) ?? noTable;
  }
}

function readTables(numbers: Float64Array, bytes: Uint8Array): Map<string, StateTable> | undefined {
  const tables = new Map<string, StateTable>();
  let at = 0;
  let byte = 0;
  while (at < numbers.length) {
    if (at + TABLE_HEADER > numbers.length) return undefined;
    const [nameLength, columnsLength, rows, length, byteLength] = numbers.subarray(at);
    const sound = [nameLength, columnsLength, rows, length, byteLength].every(isCount);
    if (!sound || at + length > numbers.length || byte + byteLength > bytes.length)
      return undefined;
    if (nameLength + columnsLength > byteLength) return undefined;
    const name = text.decode(bytes, byte, nameLength);
    const first = byte + nameLength + columnsLength;
    const all = text.decode(bytes, byte + nameLength, columnsLength);
    if (name === undefined || all === undefined || !/^(?:[ntb]\w+(?: [ntb]\w+)*)?$/.test(all))
      return undefined;
    const columns = all === "" ? [] : all.split(" ");
    if (length !== TABLE_HEADER + rows * columns.length) return undefined;
    const own = numbers.subarray(at + TABLE_HEADER, at + length);
    const ownBytes = bytes.subarray(first, byte + byteLength);
    if (!rowsFit(own, rows, columns, ownBytes.length)) return undefined;
    tables.set(name, new StateTable(rows, columns, own, ownBytes));
    at += length;
    byte += byteLength;
  }
  return byte === bytes.length ? tables : undefined;
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 0x4000_0000;
}

/** Lengths of texts and bytes are counts that sum up to what there is; no number is NaN. */
function rowsFit(
  numbers: Float64Array,
  rows: number,
  columns: readonly string[],
  length: number,
): boolean {
  let bytes = 0;
  for (let row = 0; row < rows; row++) {
    for (let place = 0; place < columns.length; place++) {
      const value = numbers[row * columns.length + place];
      if (columns[place][0] === "n") {
        if (Number.isNaN(value)) return false;
      } else {
        if (!isCount(value)) return false;
        bytes += value;
      }
    }
  }
  return bytes === length;
}
