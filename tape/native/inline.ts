/**
 * Puts the instructions of small straight-line functions in the place of their calls.
 *
 * Traces stay whole: an instruction from another function carries a site, a number beyond those of the functions, which
 * names that function and the call. Invariant: a body is only changed here before its registers are renamed.
 */
import type { Code } from "../bytecode/program.ts";
import { opByName, opNumber, ops, type Op } from "../bytecode/op-table.ts";
import { type Body, bodyOf, type Instr, straightOf } from "./ir.ts";

/** A function that was put into another one, and where. */
export interface Site {
  readonly fn: number;
  /** The function or site that calls it, and the line of the call. */
  readonly caller: number;
  readonly line: number;
}

/** Most instructions of a function that is put into its callers. */
const MOST = 32;
const DEPTH = 4;

const moves: Readonly<Record<string, Op | undefined>> = {
  i: opByName.get("mov.i32"),
  l: opByName.get("mov.i64"),
  f: opByName.get("mov.f32"),
  d: opByName.get("mov.f64"),
  p: opByName.get("mov.ptr"),
};

/** Operations that a function which is put into others must not have, by number. */
const elsewhere = Uint8Array.from(ops, ({ name }) =>
  /^(calli|host|mem\.|try)/.test(name) ? 1 : 0,
);
const CALL = opNumber("call");

export class Inliner {
  readonly code: Code;
  /** Sites of the module, in order of their numbers. */
  readonly sites: Site[];
  /** Straight-line bodies by function; null where there is none. */
  readonly #bodies = new Map<number, readonly Instr[] | null>();

  /** The first function of the module; those before it lie elsewhere and are called. */
  readonly #first: number;

  constructor(code: Code, sites: Site[], first = 0) {
    this.code = code;
    this.sites = sites;
    this.#first = first;
  }

  /** The body of function `index`, small calls replaced. */
  body(index: number): Body {
    const body = bodyOf(this.code.fns[index]);
    const regs = { text: body.f.regs, base: new Map<number, number>() };
    let changed = false;
    for (const b of body.blocks) {
      let any = false;
      for (let k = 0; k < b.instrs.length; k++) {
        const i = b.instrs[k];
        i.site = index;
        if (i.op.number === CALL && !any) any = this.#small(i.imm[0]) !== null;
      }
      if (!any) continue;
      changed = true;
      const out: Instr[] = [];
      for (const i of b.instrs) this.#put(i, out, regs, DEPTH);
      b.instrs = out;
    }
    if (!changed) return body;
    return { ...body, f: { ...body.f, regs: regs.text }, classes: [...regs.text] };
  }

  /** Instructions of a function that calls take in, or null. */
  #small(fn: number): readonly Instr[] | null {
    const known = this.#bodies.get(fn);
    if (known !== undefined) return known;
    if (fn < this.#first) return null;
    const f = this.code.fns[fn];
    let found: readonly Instr[] | null = null;
    if (f.frame === 0 && f.code.length < MOST * 6) {
      const list = straightOf(f, MOST);
      const outside = (i: Instr) =>
        elsewhere[i.op.number] === 1 || (i.op.number === CALL && i.imm[0] === fn);
      if (list !== null && list[list.length - 1].op.name === "ret" && !list.some(outside))
        found = list;
    }
    this.#bodies.set(fn, found);
    return found;
  }

  #put(
    i: Instr,
    out: Instr[],
    regs: { text: string; readonly base: Map<number, number> },
    depth: number,
  ): void {
    const list = i.op.number === CALL && depth > 0 ? this.#small(i.imm[0]) : null;
    if (list === null) {
      out.push(i);
      return;
    }
    const fn = i.imm[0];
    const f = this.code.fns[fn];
    // A function within itself needs registers apart; at one depth the same ones serve again.
    const key = fn * (DEPTH + 1) + depth;
    let base = regs.base.get(key);
    if (base === undefined) {
      base = regs.text.length;
      regs.base.set(key, base);
      regs.text += f.regs;
    }
    const from = base;
    const site = this.code.fns.length + this.sites.length;
    this.sites.push({ fn, caller: i.site, line: i.line });
    i.uses.forEach((u, k) => {
      out.push(move(f.params[k], from + k, u, i));
    });
    for (const inner of list) {
      const copy: Instr = {
        ...inner,
        defs: inner.defs.map((d) => d + from),
        uses: inner.uses.map((u) => u + from),
        imm: [...inner.imm],
        site,
      };
      if (inner.op.name === "ret")
        copy.uses.forEach((u, k) => {
          out.push(move(f.results[k], i.defs[k], u, i));
        });
      else this.#put(copy, out, regs, depth - 1);
    }
  }
}

function move(cls: string, to: number, from: number, at: Instr): Instr {
  const op = moves[cls];
  if (op === undefined) throw new Error(`no class ${cls}`);
  return { ...at, op, defs: [to], uses: [from], imm: [], targets: [] };
}
