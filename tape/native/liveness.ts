/**
 * Which registers are live at the edges of blocks, and fresh names for values that live within one block.
 *
 * Bytecode uses few registers again and again; a value that dies in its block gets a register of its own, written
 * once. Invariant: after `splitLocals` only registers of the function that cross blocks keep their number.
 */
import type { Body } from "./ir.ts";

export interface Live {
  readonly into: readonly Uint32Array[];
  readonly out: readonly Uint32Array[];
}

export function isIn(set: Uint32Array, v: number): boolean {
  return v >>> 5 < set.length && ((set[v >>> 5] >>> (v & 31)) & 1) !== 0;
}

function put(set: Uint32Array, v: number): void {
  set[v >>> 5] |= 1 << (v & 31);
}

/** Backward data flow to a fixed point. */
export function livenessOf(body: Body): Live {
  const words = (body.f.regs.length + 31) >>> 5;
  const fresh = (): Uint32Array[] => body.blocks.map(() => new Uint32Array(words));
  const [use, def, into, out] = [fresh(), fresh(), fresh(), fresh()];
  body.blocks.forEach((b, i) => {
    for (const instr of b.instrs) {
      for (const u of instr.uses) if (!isIn(def[i], u)) put(use[i], u);
      for (const d of instr.defs) put(def[i], d);
    }
  });
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = body.blocks.length - 1; i >= 0; i--) {
      const { next } = body.blocks[i];
      for (let w = 0; w < words; w++) {
        let o = 0;
        for (let k = 0; k < next.length; k++) o |= into[next[k]][w];
        const n = use[i][w] | (o & ~def[i][w]);
        out[i][w] = o;
        if ((n | 0) !== (into[i][w] | 0)) {
          into[i][w] = n;
          changed = true;
        }
      }
    }
  }
  return { into, out };
}

/** Renames values that live within one block. */
export function splitLocals(body: Body, live: Live): void {
  const n = body.f.regs.length;
  const name = new Int32Array(n);
  const lastDef = new Int32Array(n);
  body.blocks.forEach((b, i) => {
    // The last definition of what lives on keeps its name.
    lastDef.fill(-1);
    b.instrs.forEach((instr, k) => {
      for (const d of instr.defs) lastDef[d] = k;
    });
    for (let r = 0; r < n; r++) name[r] = r;
    b.instrs.forEach((instr, k) => {
      for (let u = 0; u < instr.uses.length; u++) instr.uses[u] = name[instr.uses[u]];
      for (let d = 0; d < instr.defs.length; d++) {
        const r = instr.defs[d];
        const keeps = isIn(live.out[i], r) && lastDef[r] === k;
        if (keeps) name[r] = r;
        else {
          name[r] = body.classes.length;
          body.classes.push(body.f.regs[r]);
        }
        instr.defs[d] = name[r];
      }
    });
  });
}
