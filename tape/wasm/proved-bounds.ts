/**
 * Checks of constant bounds that cannot fail: the only way into their block is a jump that asked whether the index lies below the
 * bound, and the index is never negative.
 *
 * Invariant: between that jump and the check nothing writes the index.
 */
import { ops } from "../bytecode/op-table.ts";
import { sizeAt } from "../bytecode/print.ts";
import type { FnCode } from "../bytecode/program.ts";
import type { Flow } from "./flow.ts";
import { resultsAt } from "./non-negative.ts";

/** Offsets of the checks. @param kept registers that are never negative */
export function provedBounds(
  f: FnCode,
  blocks: readonly Flow[],
  kept: Uint8Array,
): ReadonlySet<number> {
  const proved = new Set<number>();
  const entries = blocks.map((): number[] => []);
  blocks.forEach((b, i) => {
    for (const t of b.next) entries[t].push(i);
  });
  blocks.forEach((b, i) => {
    if (entries[i].length !== 1 || i === 0) return;
    const from = blocks[entries[i][0]];
    // its target is the first way out
    if (ops[f.code[from.last]].name !== "jltsi.i64" || from.next[0] !== i) return;
    const [index, below] = [f.code[from.last + 1], f.code[from.last + 2]];
    if (kept[index] === 0) return;
    for (let at = b.start; at < b.end; at += sizeAt(f.code, at)) {
      const op = ops[f.code[at]];
      if (op.name === "boundi" && f.code[at + 1] === index && f.code[at + 2] >= below)
        proved.add(at);
      const writes = op.operands[0]?.role === "def" && f.code[at + 1] === index;
      if (writes || resultsAt(f, at).includes(index)) return;
    }
  });
  return proved;
}
