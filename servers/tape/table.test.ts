import test from "ava";
import { Table } from "./table.ts";

function made(rows: readonly (readonly (string | number)[])[]): string {
  const table = new Table();
  for (const row of rows) {
    for (const cell of row) table.cell(`${cell}`, typeof cell === "number");
    table.row();
  }
  return table.take();
}

test("columns are aligned, numbers to the right, and the last column has no blanks behind", (t) => {
  t.is(
    made([
      ["name", "cpu", "what"],
      ["käse", 7, "x"],
      ["b", 123, 1],
    ]),
    "NAME  CPU  WHAT\nkäse    7  x\nb     123  1\n",
  );
  t.is(made([["a"], ["two\nlines"]]), "A\ntwo lines\n");
});

test("a table has a bound, and is empty after it was taken", (t) => {
  const table = new Table();
  let taken = 0;
  while (table.cell("x", false)) taken += 1;
  t.is(taken, 20_000);
  t.is(table.take(), "");
});
