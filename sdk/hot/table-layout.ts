// The declared layout of a table's rows: where each column lies. Pure.
// Invariant: columns lie in the order of their declaration, each at a multiple of its size, within the row's bytes.
import type { Field, Fields } from "../contract/field.ts";

/** Bytes of a column, by the type of its field; other types have no fixed size, or are handles, which belong into a state. */
const sizes: { readonly [type: string]: 1 | 2 | 4 | 8 | undefined } = {
  bool: 1,
  u8: 1,
  u16: 2,
  u32: 4,
  u64: 8,
  time: 8,
  duration: 8,
};

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly at: number;
  readonly bytes: 1 | 2 | 4 | 8;
}

export interface Layout {
  readonly columns: readonly Column[];
  /** bytes of a row, a multiple of 8 */
  readonly rowBytes: number;
  /** `name:type,name:type`, as it stands in the table's memory */
  readonly text: string;
}

const up = (value: number, to: number) => Math.ceil(value / to) * to;

/** The layout of rows of these fields; `room`: bytes of a row, for columns that come later. Throws what is wrong with the declaration. */
export function layoutOf(table: string, row: Fields, room = 0): Layout {
  const columns: Column[] = [];
  let end = 0;
  for (const [name, { type }] of Object.entries(row) as [string, Field<unknown>][]) {
    const bytes = sizes[type];
    if (bytes === undefined)
      throw new Error(
        `table ${table}: column ${name} is ${type}; columns are ${Object.keys(sizes).join(", ")}`,
      );
    const at = up(end, bytes);
    columns.push({ name, type, at, bytes });
    end = at + bytes;
  }
  const rowBytes = up(Math.max(end, room), 8);
  const text = columns.map(({ name, type }) => `${name}:${type}`).join(",");
  if (columns.length === 0 || text.length > 512)
    throw new Error(`table ${table}: a row has 1 column or more, named in 512 characters`);
  return { columns, rowBytes, text };
}

/** Why rows of the layout `was` can't be read as `layout`: one may have more columns at the end, within the row's bytes. */
export function layoutFault(was: string, rowBytes: number, layout: Layout): string | undefined {
  if (rowBytes !== layout.rowBytes)
    return `its rows have ${rowBytes} bytes, this code's ${layout.rowBytes}`;
  const old = was.split(",");
  const now = layout.text.split(",");
  for (let i = 0; i < old.length && i < now.length; i++)
    if (old[i] !== now[i])
      return `column ${old[i]} is ${now[i]} in this code; columns keep their places, new ones come behind them`;
  return undefined;
}
