/**
 * Which registers are live at the edges of blocks, and fresh names for values that live within one block.
 *
 * Bytecode uses few registers again and again; a value that dies in its block gets a register of its own, written
 * once. Invariant: after `splitLocals` only registers of the function that cross blocks keep their number.
 */
import type { Body } from "./ir.ts";
import { Room } from "./room.ts";

/** Sets of registers, `words` of 32 bits for each block. */
export interface Live {
  readonly words: number;
  readonly into: Uint32Array;
  readonly out: Uint32Array;
}

/** Whether a register of the function lives at the edge of block `i` that `set` is of. */
export function isIn(set: Uint32Array, words: number, i: number, v: number): boolean {
  const w = v >>> 5;
  return w < words && ((set[i * words + w] >>> (v & 31)) & 1) !== 0;
}

const used = new Room();
const defined = new Room();
const names = new Room();
const lastDefs = new Room();

/** Backward data flow to a fixed point. */
export function livenessOf(body: Body): Live {
  const { blocks } = body;
  const words = (body.f.regs.length + 31) >>> 5;
  const size = words * blocks.length;
  const use = used.take(size, 0);
  const def = defined.take(size, 0);
  const into = new Uint32Array(size);
  const out = new Uint32Array(size);
  for (let i = 0; i < blocks.length; i++) {
    const base = i * words;
    const { instrs } = blocks[i];
    for (let j = 0; j < instrs.length; j++) {
      const { uses, defs } = instrs[j];
      for (let k = 0; k < uses.length; k++) {
        const w = base + (uses[k] >>> 5);
        use[w] |= (1 << (uses[k] & 31)) & ~def[w];
      }
      for (let k = 0; k < defs.length; k++) def[base + (defs[k] >>> 5)] |= 1 << (defs[k] & 31);
    }
  }
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = blocks.length - 1; i >= 0; i--) {
      const { next } = blocks[i];
      for (let w = 0, at = i * words; w < words; w++, at++) {
        let o = 0;
        for (let k = 0; k < next.length; k++) o |= into[next[k] * words + w];
        const n = use[at] | (o & ~def[at]);
        out[at] = o;
        if ((n | 0) !== (into[at] | 0)) {
          into[at] = n;
          changed = true;
        }
      }
    }
  }
  return { words, into, out };
}

/** Renames values that live within one block. */
export function splitLocals(body: Body, { words, out }: Live): void {
  const { blocks, classes } = body;
  const { regs } = body.f;
  const n = regs.length;
  const name = names.take(n, 0);
  const lastDef = lastDefs.take(n, -1);
  for (let i = 0; i < blocks.length; i++) {
    const { instrs } = blocks[i];
    // The last definition of what lives on keeps its name.
    lastDef.fill(-1, 0, n);
    for (let k = 0; k < instrs.length; k++) {
      const { defs } = instrs[k];
      for (let d = 0; d < defs.length; d++) lastDef[defs[d]] = k;
    }
    for (let r = 0; r < n; r++) name[r] = r;
    for (let k = 0; k < instrs.length; k++) {
      const { uses, defs } = instrs[k];
      for (let u = 0; u < uses.length; u++) uses[u] = name[uses[u]];
      for (let d = 0; d < defs.length; d++) {
        const r = defs[d];
        if (lastDef[r] === k && isIn(out, words, i, r)) name[r] = r;
        else {
          name[r] = classes.length;
          classes.push(regs[r]);
        }
        defs[d] = name[r];
      }
    }
  }
}
