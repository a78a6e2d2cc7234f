/**
 * Which integer registers never hold a negative value, in all of a function: an addition of two of them overflows upward only, and
 * their difference never.
 *
 * Starts from all that have no unknown source and takes away until nothing changes. Invariant: a register that is kept gets nothing,
 * in any instruction, but constants from 0 on, what memory gives without a sign, and results whose operands are kept and that trap on
 * overflow.
 */
import { ops } from "../bytecode/op-table.ts";
import { sizeAt } from "../bytecode/print.ts";
import type { FnCode } from "../bytecode/program.ts";

/** Results that are kept when all operands are; when one is; when the first is. */
const all = /^(mov|add|mul|div|or|xor|select)\.i(32|64)$|^addi\.i(32|64)$|^satadd\.i(32|64)$/;
const one = /^and\.i(32|64)$/;
const first = /^rem\.i(32|64)$|^shr\.i(32|64)$|^widen\.i32$/;
/** Results that have no sign, whatever the operands are. */
const never =
  /^(eq|ne|lt|lts|ltu|le|les|leu)\.|^(clz|ctz|popcnt)\.|^ld\.u|^widen\.u32$|^(fit|clamp|ext)\.u/;

/** By number of the register, 1 for one that is kept. */
export function nonNegative(f: FnCode): Uint8Array {
  const kept = new Uint8Array(f.regs.length);
  for (let r = f.params.length; r < kept.length; r++)
    kept[r] = f.regs[r] === "i" || f.regs[r] === "l" ? 1 : 0;
  for (let changed = true; changed; ) {
    changed = false;
    for (let at = 0; at < f.code.length; at += sizeAt(f.code, at)) {
      const op = ops[f.code[at]];
      for (const r of resultsAt(f, at))
        if (kept[r] === 1) {
          kept[r] = 0;
          changed = true;
        }
      if (op.operands[0]?.role !== "def") continue;
      const d = f.code[at + 1];
      if (kept[d] === 0 || holds(f, at, kept)) continue;
      kept[d] = 0;
      changed = true;
    }
  }
  return kept;
}

/** Registers that a call's list of results names. */
export function resultsAt(f: FnCode, at: number): Int32Array {
  const op = ops[f.code[at]];
  if (!/^(call|calli|host)$/.test(op.name)) return f.code.subarray(0, 0);
  const end = at + op.size;
  const from = end + 1 + f.code[end - 1];
  return f.code.subarray(from, from + f.code[end]);
}

function holds(f: FnCode, at: number, kept: Uint8Array): boolean {
  const { name, operands } = ops[f.code[at]];
  if (name === "const.i32") return f.code[at + 2] >= 0;
  if (name === "const.i64") return f.code[at + 3] >= 0;
  if (name.startsWith("addi.") && f.code[at + 3] < 0) return false;
  if (never.test(name)) return true;
  const uses: boolean[] = [];
  operands.forEach((operand, i) => {
    const value = i > 0 && operand.role === "use" && "il".includes(operand.cls);
    // the condition of a select is no part of its value
    if (value && !(name.startsWith("select.") && i === 1))
      uses.push(kept[f.code[at + 1 + i]] === 1);
  });
  if (all.test(name)) return uses.every((each) => each);
  if (one.test(name)) return uses.some((each) => each);
  return first.test(name) && uses[0];
}
