/** Operands into several machine registers at once. Invariant: no operand is overwritten before it is read. */
import { rax } from "../x86-64/registers.ts";
import { x } from "../x86-64/rows.ts";
import { type Emitter, XMM15 } from "./emit.ts";

/** Whether a class is one of floats. */
export const isFloat = (c: string): boolean => c === "f" || c === "d";

/** Moves operands to machine registers at once; `to[k]` is a register of operand k's kind. Uses rax and xmm15. */
export function moveAll(
  e: Emitter,
  uses: readonly number[],
  to: readonly number[],
  classes: string,
): void {
  if (uses.length === 0) return;
  const from = uses.map((u) => e.inRegister(u));
  moveRegisters(e, from, to, classes, false);
  moveRegisters(e, from, to, classes, true);
  // What comes from the frame or is constant overwrites nothing that is still needed.
  uses.forEach((u, k) => {
    if (to[k] < 0 || e.inRegister(u) >= 0) return;
    if (isFloat(classes[k])) e.floatTo(to[k], u, classes[k] === "d");
    else e.to(to[k], u, classes[k] === "l" ? 8 : 4);
  });
}

/** Moves what lies in machine registers, of one kind; -1 is left alone. */
export function moveRegisters(
  e: Emitter,
  all: readonly number[],
  to: readonly number[],
  classes: string,
  float: boolean,
): void {
  const from: number[] = [];
  const into: number[] = [];
  for (let k = 0; k < all.length; k++) {
    if (to[k] < 0 || all[k] < 0 || all[k] === to[k] || isFloat(classes[k]) !== float) continue;
    from.push(all[k]);
    into.push(to[k]);
  }
  if (into.length === 0) return;
  const move = (d: number, s: number): void => {
    if (float) e.a.rr(x.movaps, 0, d, s);
    else e.a.rr(x.mov, 8, d, s);
  };
  while (into.length > 0) {
    const k = into.findIndex((d) => !from.includes(d));
    if (k >= 0) {
      move(into[k], from[k]);
      into.splice(k, 1);
      from.splice(k, 1);
      continue;
    }
    // A circle: one value steps aside.
    const aside = from[0];
    move(float ? XMM15 : rax, aside);
    from.forEach((r, i) => {
      if (r === aside) from[i] = float ? XMM15 : rax;
    });
  }
}
