// Rows against a model: whatever is done, and wherever it is cut off, the memory holds what the last commit left.
import test from "ava";
import fc from "fast-check";
import { bool, string, u8, u16, u32, u64 } from "../contract/field.ts";
import { ArrayMemory } from "../virtio/testing/array-memory.ts";
import { layoutFault, layoutOf } from "./table-layout.ts";
import { type RowMemory, TableMemory, tableBytes } from "./table-memory.ts";

const layout = layoutOf("t", { id: u32, small: u8, half: u16, big: u64, on: bool });
const CHANGES = 12;

/** Memory that tells of each store once it has happened. */
class Stored extends ArrayMemory implements RowMemory {
  stored: () => void = () => {};
  override set8(offset: number, value: number): void {
    super.set8(offset, value);
    this.stored();
  }
  override set16(offset: number, value: number): void {
    super.set16(offset, value);
    this.stored();
  }
  override set32(offset: number, value: number): void {
    super.set32(offset, value);
    this.stored();
  }
  override set64(offset: number, value: number): void {
    super.set64(offset, value);
    this.stored();
  }
  override copyIn(offset: number, from: Uint8Array, at: number, length: number): void {
    super.copyIn(offset, from, at, length);
    this.stored();
  }
  move(to: number, from: number, length: number): void {
    const bytes = new Uint8Array(length);
    this.copyOut(from, bytes, 0, length);
    super.copyIn(to, bytes, 0, length);
    this.stored();
  }
  copy(): Stored {
    const other = stored(this.length);
    const bytes = new Uint8Array(this.length);
    this.copyOut(0, bytes, 0, this.length);
    other.copyIn(0, bytes, 0, this.length);
    return other;
  }
}

const stored = (bytes: number) => new Stored(new Uint8Array(bytes));
const made = (rows = 8) => {
  const view = stored(tableBytes(layout, rows, CHANGES));
  return { view, table: TableMemory.make(view, layout, rows, CHANGES) };
};
const contents = (table: TableMemory) =>
  Array.from({ length: table.length }, (_, row) =>
    layout.columns.map((column) => table.get(row, column)),
  );
const opened = (view: RowMemory): TableMemory => {
  const table = TableMemory.open(view, layout);
  if (typeof table === "string") throw new Error(table);
  return table;
};

const operation = fc.oneof(
  fc.record({ kind: fc.constant("add" as const), value: fc.nat(255) }),
  fc.record({
    kind: fc.constant("set" as const),
    row: fc.nat(7),
    column: fc.nat(4),
    value: fc.nat(255),
  }),
  fc.record({ kind: fc.constant("drop" as const), rows: fc.nat(2) }),
  fc.record({ kind: fc.constant("commit" as const) }),
  fc.record({ kind: fc.constant("undo" as const) }),
);

test("at each store the memory opens as the last commit left it", (t) => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 20 }), (operations) => {
      const { view, table } = made();
      let model: number[][] = [];
      let kept: number[][] = [];
      // while a commit is on its way either is right
      let committing: number[][] | undefined;
      view.stored = () => {
        const found = JSON.stringify(contents(opened(view.copy())));
        const right = [kept, committing].some((each) => JSON.stringify(each) === found);
        if (!right) throw new Error(`${found} is not ${JSON.stringify(kept)}`);
      };
      let changes = 0;
      for (const each of operations) {
        if (each.kind === "add" && changes < CHANGES) {
          const row = table.add();
          t.is(row, model.length < 8 ? model.length : undefined);
          changes++;
          if (row === undefined) continue;
          model.push(layout.columns.map(() => 0));
          table.set(row, layout.columns[0]!, each.value);
          model[row]![0] = each.value;
        } else if (each.kind === "set" && each.row < model.length && changes < CHANGES) {
          table.set(each.row, layout.columns[each.column]!, each.value);
          model[each.row]![each.column] = each.value;
          changes++;
        } else if (each.kind === "drop" && each.rows <= model.length) {
          table.drop(each.rows);
          model.length -= each.rows;
        } else if (each.kind === "commit") {
          committing = model;
          table.commit();
          kept = structuredClone(model);
          committing = undefined;
          changes = 0;
        } else if (each.kind === "undo") {
          view.stored = () => {};
          table.undo();
          model = structuredClone(kept);
          changes = 0;
        }
        t.deepEqual(contents(table), model);
      }
      t.deepEqual(contents(opened(view.copy())), kept);
    }),
    { numRuns: 150 },
  );
});

test("rows grow into other memory, and the old memory stays as the last commit left it", (t) => {
  const { view, table } = made(2);
  const id = layout.columns[0]!;
  for (const value of [5, 6]) table.set(table.add()!, id, value);
  table.commit();
  table.set(0, id, 50);
  t.is(table.add(), undefined);
  const larger = stored(tableBytes(layout, 4, CHANGES));
  const grown = table.into(larger, 4, (bytes) => {
    const copy = new Uint8Array(bytes);
    view.copyOut(0, copy, 0, bytes);
    larger.copyIn(0, copy, 0, bytes);
  });
  grown.set(grown.add()!, id, 7);
  const ids = (each: TableMemory) => contents(each).map(([first]) => first);
  t.deepEqual(ids(grown), [50, 6, 7]);
  t.deepEqual(ids(opened(larger.copy())), [5, 6]);
  grown.commit();
  t.deepEqual(ids(opened(larger.copy())), [50, 6, 7]);
  t.deepEqual(ids(opened(view.copy())), [5, 6]);
});

test("a turn that changes too many rows, rows that are not there, memory that is no table", (t) => {
  const { view, table } = made(20);
  for (let i = 0; i < 20; i++) table.add();
  table.commit();
  const id = layout.columns[0]!;
  for (let i = 0; i < CHANGES; i++) table.set(i, id, i);
  t.throws(() => table.set(15, id, 1), { message: /a turn changes more than 12 rows; raise/ });
  t.throws(() => table.get(20, id), { instanceOf: RangeError });
  t.throws(() => table.drop(21), { instanceOf: RangeError });
  t.is(TableMemory.open(stored(4096), layout), "it is no table");
  for (const at of [4, 12, 20]) {
    const copy = view.copy();
    copy.set32(at, 0xffff_ffff);
    t.is(TableMemory.open(copy, layout), "its head is not sound", `${at}`);
  }
});

test("columns may come at the end, and their places stay", (t) => {
  const text = (row: Parameters<typeof layoutOf>[1], room?: number) => layoutOf("t", row, room);
  const old = text({ a: u32, b: u32 }, 16);
  const fault = (row: Parameters<typeof layoutOf>[1], room = 16) =>
    layoutFault(old.text, old.rowBytes, text(row, room));
  t.is(fault({ a: u32, b: u32, c: u64 }), undefined);
  t.is(fault({ a: u32 }), undefined, "code of before");
  t.regex(fault({ a: u32, b: u16 })!, /^column b:u32 is b:u16 in this code/);
  t.regex(fault({ b: u32, a: u32 })!, /^column a:u32 is b:u32/);
  t.is(fault({ a: u32, b: u32, c: u64, d: u64 }), "its rows have 16 bytes, this code's 24");
  t.throws(() => layoutOf("t", { s: string }), { message: /column s is string; columns are bool/ });
});
