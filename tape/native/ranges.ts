/**
 * What 64-bit integers can hold, so that checks which always pass cost nothing: sums that cannot overflow become plain ones, indices
 * that lie within need no comparison.
 *
 * Intervals flow through the blocks until they stand (P. and R. Cousot, 1977): forward with widening, then twice more to sharpen them, since
 * loops are left by comparisons. Invariant: an interval holds every value that the register can have there; what is not
 * an exact double is unbounded.
 */
import { opByName, type Op } from "../bytecode/op-table.ts";
import { addConstant, type Body, constantOf, type Instr } from "./ir.ts";

/** Blocks times registers beyond which a function is left as it is, for time and memory. */
const MOST = 400_000;
/** Visits of a block after which a bound that still grows is given up. */
const PATIENCE = 3;
/** Passes after which a function is left as it is. */
const MOST_PASSES = 60;
const MOST_STEPS = 64;
const NONE = -1;

/** Facts at a place, by register: bounds, whether it is below the largest number, a register that it is less than, one that it copies. */
class State {
  readonly lo: Float64Array;
  readonly hi: Float64Array;
  readonly notMost: Uint8Array;
  readonly less: Int32Array;
  readonly copy: Int32Array;

  constructor(n: number) {
    this.lo = new Float64Array(n).fill(-Infinity);
    this.hi = new Float64Array(n).fill(Infinity);
    this.notMost = new Uint8Array(n);
    this.less = new Int32Array(n).fill(NONE);
    this.copy = new Int32Array(n).fill(NONE);
  }

  assign(other: State): void {
    this.lo.set(other.lo);
    this.hi.set(other.hi);
    this.notMost.set(other.notMost);
    this.less.set(other.less);
    this.copy.set(other.copy);
  }

  /** What holds on both ways. */
  join(other: State): void {
    const { lo, hi, notMost, less, copy } = this;
    for (let r = 0; r < lo.length; r++) {
      if (other.lo[r] < lo[r]) lo[r] = other.lo[r];
      if (other.hi[r] > hi[r]) hi[r] = other.hi[r];
      notMost[r] &= other.notMost[r];
      if (other.less[r] !== less[r]) less[r] = NONE;
      if (other.copy[r] !== copy[r]) copy[r] = NONE;
    }
  }
}

/** Whether sums and products that gave this double are exact: beyond it they may have been rounded. */
const exact = (v: number): boolean => v > -(2 ** 53) && v < 2 ** 53;

const operation = (name: string): Op => {
  const op = opByName.get(name);
  if (op === undefined) throw new Error(`no operation ${name}`);
  return op;
};
const plain: Readonly<Record<string, Op | undefined>> = {
  "add.i64": operation("wadd.i64"),
  "addi.i64": operation("wadd.i64"),
  "sub.i64": operation("wsub.i64"),
  "mul.i64": operation("wmul.i64"),
};
const jumps = /^j(eq|ne|lts|les|ges)(i?)\.i64$/;

class Ranges {
  readonly body: Body;
  /** Facts when a block begins; undefined when nothing comes there. */
  readonly into: (State | undefined)[];
  readonly visits: Uint8Array;
  /** Registers that a loop changes, at the block that it goes back to: the only ones that could grow for ever there. */
  readonly changed: (Uint8Array | undefined)[];
  /** Numbers of the function and those before them, ascending. */
  readonly steps: readonly number[];
  readonly now: State;
  readonly edge: State;
  /** Registers of the function cross blocks; later ones live within one. */
  readonly shared: number;

  constructor(body: Body) {
    this.body = body;
    this.shared = body.f.regs.length;
    this.into = body.blocks.map(() => undefined);
    this.visits = new Uint8Array(body.blocks.length);
    this.now = new State(body.classes.length);
    this.edge = new State(this.shared);
    this.into[0] = new State(this.shared);
    this.steps = stepsOf(body);
    this.changed = body.blocks.map(() => undefined);
    body.blocks.forEach((b, i) => {
      for (const t of b.next) if (t <= i) this.loop(t, i);
    });
  }

  /** Notes what the blocks from `first` to `last` change. */
  loop(first: number, last: number): void {
    const set = this.changed[first] ?? new Uint8Array(this.shared);
    this.changed[first] = set;
    for (let i = first; i <= last; i++)
      for (const instr of this.body.blocks[i].instrs)
        for (const d of instr.defs) if (d < this.shared) set[d] = 1;
  }

  /** Where a bound that grows stops for a while: at a number that the function names, or nowhere. */
  stepAbove(v: number): number {
    return this.steps.find((s) => s >= v) ?? Infinity;
  }

  stepBelow(v: number): number {
    for (let i = this.steps.length - 1; i >= 0; i--) if (this.steps[i] <= v) return this.steps[i];
    return -Infinity;
  }

  // ---- flow

  run(): void {
    let passes = 0;
    for (let changed = true; changed; passes++) {
      if (passes === MOST_PASSES) return;
      changed = this.pass(true);
    }
    this.pass(false);
    this.pass(false);
    this.body.blocks.forEach((b, i) => {
      if (!this.begin(i)) return;
      for (const instr of b.instrs) {
        this.prove(instr);
        this.step(instr);
      }
    });
  }

  /** One pass over all blocks; growing ones are joined and widened, else each block's facts are made anew. */
  pass(growing: boolean): boolean {
    const { blocks } = this.body;
    let changed = false;
    const next: (State | undefined)[] = growing ? this.into : blocks.map(() => undefined);
    if (!growing) next[0] = new State(this.shared);
    blocks.forEach((b, i) => {
      if (!this.begin(i)) return;
      for (const instr of b.instrs) this.step(instr);
      const last = b.instrs[b.instrs.length - 1];
      b.next.forEach((to, k) => {
        this.leave();
        const taken = last.targets.length > 0 && k === 0;
        const decides = last.targets.length === 1 && b.next.length === 2;
        if (decides && !this.refine(last, taken)) return;
        changed = this.flow(next, to, growing) || changed;
      });
    });
    if (!growing)
      next.forEach((s, i) => {
        this.into[i] = s;
      });
    return changed;
  }

  /** Loads what holds at the start of a block. */
  begin(i: number): boolean {
    const s = this.into[i];
    if (s === undefined) return false;
    const { lo, hi, notMost, less, copy } = this.now;
    lo.fill(-Infinity);
    hi.fill(Infinity);
    notMost.fill(0);
    less.fill(NONE);
    copy.fill(NONE);
    this.now.lo.set(s.lo);
    this.now.hi.set(s.hi);
    this.now.notMost.set(s.notMost);
    this.now.less.set(s.less);
    this.now.copy.set(s.copy);
    return true;
  }

  /** Facts of registers that cross blocks, for one edge. */
  leave(): void {
    const { edge, now, shared } = this;
    edge.lo.set(now.lo.subarray(0, shared));
    edge.hi.set(now.hi.subarray(0, shared));
    edge.notMost.set(now.notMost.subarray(0, shared));
    for (let r = 0; r < shared; r++) {
      edge.less[r] = now.less[r] < shared ? now.less[r] : NONE;
      edge.copy[r] = now.copy[r] < shared ? now.copy[r] : NONE;
    }
  }

  flow(next: (State | undefined)[], to: number, growing: boolean): boolean {
    const before = next[to];
    if (before === undefined) {
      const fresh = new State(this.shared);
      fresh.assign(this.edge);
      next[to] = fresh;
      return true;
    }
    if (!growing) {
      before.join(this.edge);
      return false;
    }
    const widen = this.visits[to] >= PATIENCE ? this.changed[to] : undefined;
    const old = new State(this.shared);
    old.assign(before);
    before.join(this.edge);
    let changed = false;
    for (let r = 0; r < this.shared; r++) {
      const same =
        old.lo[r] === before.lo[r] &&
        old.hi[r] === before.hi[r] &&
        old.notMost[r] === before.notMost[r] &&
        old.less[r] === before.less[r] &&
        old.copy[r] === before.copy[r];
      if (same) continue;
      changed = true;
      if (widen?.[r] !== 1) continue;
      if (before.lo[r] < old.lo[r]) before.lo[r] = this.stepBelow(before.lo[r]);
      if (before.hi[r] > old.hi[r]) before.hi[r] = this.stepAbove(before.hi[r]);
    }
    if (changed && this.visits[to] < 255) this.visits[to]++;
    return changed;
  }

  /** What a jump tells on one of its ways; false when that way is never gone. */
  refine(jump: Instr, taken: boolean): boolean {
    const m = jumps.exec(jump.op.name);
    if (m === null) return true;
    const a = jump.uses[0];
    const b = m[2] === "i" ? addNumber(jump.imm[0]) : this.operand(jump.uses[1]);
    const bReg = m[2] === "i" ? NONE : jump.uses[1];
    const test = taken ? m[1] : { eq: "ne", ne: "eq", lts: "ges", les: "gts", ges: "lts" }[m[1]];
    const s = this.edge;
    const [aLo, aHi] = [this.now.lo[a], this.now.hi[a]];
    const bound = (r: number, lo: number, hi: number): boolean => {
      if (r < 0 || r >= this.shared) return true;
      if (lo > s.lo[r]) s.lo[r] = lo;
      if (hi < s.hi[r]) s.hi[r] = hi;
      return s.lo[r] <= s.hi[r];
    };
    if (test === "eq") return bound(a, b.lo, b.hi) && bound(bReg, aLo, aHi);
    if (test === "lts" || test === "gts") {
      const [low, high] = test === "lts" ? [a, bReg] : [bReg, a];
      const top = test === "lts" ? b.hi : aHi;
      const bottom = test === "lts" ? aLo : b.lo;
      if (low >= 0 && low < this.shared) {
        s.notMost[low] = 1;
        s.less[low] = high >= 0 && high < this.shared ? high : NONE;
      }
      return bound(low, -Infinity, top - 1) && bound(high, bottom + 1, Infinity);
    }
    if (test === "les") return bound(a, -Infinity, b.hi) && bound(bReg, aLo, Infinity);
    if (test === "ges") return bound(a, b.lo, Infinity) && bound(bReg, -Infinity, aHi);
    return true;
  }

  // ---- instructions

  operand(u: number): { lo: number; hi: number } {
    if (u >= 0) return { lo: this.now.lo[u], hi: this.now.hi[u] };
    const c = constantOf(this.body, u);
    return c.kind === "wide" ? addWide(c.lo, c.hi) : { lo: -Infinity, hi: Infinity };
  }

  /** The interval of a result; undefined when nothing is known of it. */
  result(instr: Instr): { lo: number; hi: number } | undefined {
    const { name } = instr.op;
    const [a, b] = instr.uses;
    switch (name) {
      case "const.i64":
        return addWide(instr.imm[0], instr.imm[1]);
      case "mov.i64":
        return this.operand(a);
      case "widen.i32":
        return { lo: -(2 ** 31), hi: 2 ** 31 - 1 };
      case "widen.u32":
        return { lo: 0, hi: 2 ** 32 - 1 };
      case "addi.i64":
        return sum(this.operand(a), addNumber(instr.imm[0]));
      case "add.i64":
      case "wadd.i64":
        return sum(this.operand(a), this.operand(b));
      case "sub.i64":
      case "wsub.i64": {
        const y = this.operand(b);
        return sum(this.operand(a), { lo: -y.hi, hi: -y.lo });
      }
      case "mul.i64":
      case "wmul.i64":
        return product(this.operand(a), this.operand(b));
      case "rem.i64": {
        const [x, y] = [this.operand(a), this.operand(b)];
        if (!(y.lo > 0 && y.hi < Infinity)) return undefined;
        return { lo: x.lo >= 0 ? 0 : 1 - y.hi, hi: y.hi - 1 };
      }
      case "div.i64": {
        const [x, y] = [this.operand(a), this.operand(b)];
        if (!(y.lo > 0 && x.lo >= 0)) return undefined;
        return { lo: 0, hi: x.hi };
      }
      case "and.i64": {
        const [x, y] = [this.operand(a), this.operand(b)];
        const most = Math.min(x.lo >= 0 ? x.hi : Infinity, y.lo >= 0 ? y.hi : Infinity);
        return x.lo >= 0 || y.lo >= 0 ? { lo: 0, hi: most } : undefined;
      }
      default:
        return undefined;
    }
  }

  /** Facts behind an instruction. */
  step(instr: Instr): void {
    const s = this.now;
    const [a, b] = instr.uses;
    if (instr.op.name === "boundi" && a >= 0 && instr.imm[0] > 0)
      this.narrow(a, 0, instr.imm[0] - 1);
    else if (instr.op.name === "bound" && a >= 0) {
      this.narrow(a, 0, this.operand(b).hi - 1);
      s.notMost[a] = 1;
      s.less[a] = b >= 0 ? b : NONE;
    }
    if (instr.defs.length === 0) return;
    const copies = instr.op.name === "mov.i64" && a >= 0 && a !== instr.defs[0];
    const [copyOf, notMost, less] = copies ? [a, s.notMost[a], s.less[a]] : [NONE, 0, NONE];
    const known = this.result(instr);
    for (const d of instr.defs) {
      s.lo[d] = -Infinity;
      s.hi[d] = Infinity;
      s.notMost[d] = 0;
      s.less[d] = NONE;
      s.copy[d] = NONE;
      for (let r = 0; r < s.less.length; r++) {
        if (s.less[r] === d) s.less[r] = NONE;
        if (s.copy[r] === d) s.copy[r] = NONE;
      }
    }
    const d = instr.defs[0];
    if (instr.defs.length !== 1 || this.body.classes[d] !== "l") return;
    if (known !== undefined) {
      if (exact(known.lo)) s.lo[d] = known.lo;
      if (exact(known.hi)) s.hi[d] = known.hi;
    }
    if (copyOf >= 0) {
      s.copy[d] = copyOf;
      s.notMost[d] = notMost;
      s.less[d] = less === d ? NONE : less;
    }
  }

  narrow(r: number, lo: number, hi: number): void {
    if (lo > this.now.lo[r]) this.now.lo[r] = lo;
    if (hi < this.now.hi[r]) this.now.hi[r] = hi;
  }

  /** Takes the check off an instruction that always passes it. */
  prove(instr: Instr): void {
    const s = this.now;
    const [a, b] = instr.uses;
    if (instr.op.name === "boundi") {
      if (a >= 0 && s.lo[a] >= 0 && s.hi[a] < instr.imm[0]) instr.proved = true;
    } else if (instr.op.name === "bound") {
      if (a < 0 || b < 0 || !(s.lo[a] >= 0)) return;
      const { less } = s;
      const limit = less[a];
      const same =
        limit === b || (limit >= 0 && s.copy[limit] === b) || (limit >= 0 && s.copy[b] === limit);
      if (same || s.hi[a] < s.lo[b]) instr.proved = true;
    } else {
      const op = plain[instr.op.name];
      const one =
        instr.op.name === "addi.i64" && instr.imm[0] === 1 && a >= 0 && s.notMost[a] === 1;
      if (op === undefined) return;
      const known = this.result(instr);
      if (!one && (known === undefined || !exact(known.lo) || !exact(known.hi))) return;
      if (instr.op.name === "addi.i64") {
        const n = instr.imm[0];
        instr.uses.push(addConstant(this.body, { kind: "wide", lo: n, hi: n >> 31 }));
        instr.imm.length = 0;
      }
      instr.op = op;
    }
  }
}

/** Numbers at which loops may end; a function with very many gets the first of them. */
function stepsOf(body: Body): number[] {
  const found = new Set<number>([0]);
  for (const b of body.blocks)
    for (const { op, imm } of b.instrs) {
      if (found.size > MOST_STEPS) break;
      const v = op.name === "const.i64" ? addWide(imm[0], imm[1]).lo : imm[0];
      if (!/^(const\.i64|boundi|j(eq|ne|lts|les|ges)i\.i64)$/.test(op.name) || !exact(v)) continue;
      found.add(v - 1).add(v);
    }
  return [...found].sort((a, b) => a - b);
}

const addNumber = (n: number): { lo: number; hi: number } => ({ lo: n, hi: n });

/** A 64-bit constant; what is no exact double is anything. */
function addWide(lo: number, hi: number): { lo: number; hi: number } {
  const v = hi * 2 ** 32 + (lo >>> 0);
  return exact(v) ? addNumber(v) : { lo: -Infinity, hi: Infinity };
}

type Interval = { readonly lo: number; readonly hi: number };

function sum(x: Interval, y: Interval): Interval {
  return { lo: x.lo + y.lo, hi: x.hi + y.hi };
}

function product(x: Interval, y: Interval): Interval | undefined {
  if (![x.lo, x.hi, y.lo, y.hi].every(exact)) return undefined;
  const all = [x.lo * y.lo, x.lo * y.hi, x.hi * y.lo, x.hi * y.hi];
  return { lo: Math.min(...all), hi: Math.max(...all) };
}

/** Finds ranges in a function with loops, after `splitLocals`. */
export function findRanges(body: Body): void {
  const { blocks } = body;
  if (blocks.length * body.f.regs.length > MOST) return;
  const loops = blocks.some((b, i) => b.next.some((t) => t <= i));
  const checks = /^(boundi?|addi\.i64|(add|sub|mul)\.i64|try)$/;
  let any = false;
  for (const b of blocks)
    for (const { op } of b.instrs) {
      if (op.name === "try") return;
      any ||= checks.test(op.name);
    }
  if (loops && any) new Ranges(body).run();
}
