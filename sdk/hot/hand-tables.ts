// Tables of a process: what the code before left of them, at a start, in a trial, in a hand-over.
// Invariant: memory that a table of this code does not take is not known to it, and is closed with what else nobody knows.
import { hold } from "../runtime/hold.ts";
import { log } from "../runtime/log.ts";
import { layoutFault } from "./table-layout.ts";
import { refuseTables, type TableHooks, type TableImage } from "./table-hooks.ts";
import type { AnyTable } from "./table.ts";

/** The grant of a durable table's memory. */
const GRANT = "durable:";

/** Those of these tables. */
export function handTables(tables: readonly AnyTable[]): TableHooks {
  const tried = (images: readonly TableImage[]): void => {
    for (const image of images) {
      const own = tables.find((each) => each.name === image.name);
      const { columns, rowBytes, memory } = image;
      if (own === undefined) refuseTables([image]);
      else if (memory === 0) continue;
      const fault = own && layoutFault(columns, rowBytes, own.layout);
      if (fault !== undefined) throw new Error(`table \`${image.name}\`: ${fault}`);
    }
  };
  return {
    images: () => tables.map((each) => each.image()),
    try: tried,
    adopt(images, known) {
      tried(images);
      for (const { name, memory } of images) {
        if (memory === 0) continue;
        const fault = tables.find((each) => each.name === name)!.attach(memory);
        if (fault !== undefined) throw new Error(`table \`${name}\`: ${fault}`);
        known.add(memory);
      }
    },
    kept() {
      for (const each of tables) each.tell();
    },
    restore(grants) {
      for (const each of tables) {
        const handle = grants[GRANT + each.name];
        if (!each.durable || handle === undefined) continue;
        const fault = each.attach(handle);
        if (fault !== undefined) log(`starts without its table ${each.name}: ${fault}`, "warning");
      }
    },
    undo() {
      for (const each of tables) each.undo();
    },
    show: (most) => tables.map((each) => each.show(most)),
  };
}

/** At the end of each turn; on trial nothing counts. */
export function commitTables(tables: readonly AnyTable[]): void {
  if (hold.on) return;
  for (let i = 0; i < tables.length; i++) tables[i]!.commit();
}
