/**
 * What 64-bit integers can hold, so that checks which always pass cost nothing: sums that cannot overflow become plain ones, indices
 * that lie within need no comparison.
 *
 * Intervals flow through the blocks until they stand (P. and R. Cousot, 1977): forward with widening to numbers of the function, then once
 * more to sharpen them. Invariant: an interval holds every value that the register can have there; what is not an exact
 * double is unbounded.
 */
import { ops } from "../bytecode/op-table.ts";
import { addConstant, type Body, constantOf, type Instr } from "./ir.ts";
import {
  giveState,
  type Interval,
  NONE,
  type State,
  stepsOf,
  takeState,
  UNKNOWN,
  wideNumber,
} from "./interval.ts";
import {
  exact,
  kindOf,
  kinds,
  type Kind,
  plainOf,
  product,
  sum,
  tests,
  type Test,
} from "./interval-rules.ts";

/** Blocks times registers beyond which a function is left as it is, for time and memory. */
const MOST = 100_000;
/** Visits of a block after which a bound that still grows jumps to the next number. */
const PATIENCE = 2;
/** Passes after which a function is left as it is. */
const MOST_PASSES = 60;

class Ranges {
  readonly body: Body;
  /** Number of a register of 64-bit integers among those that matter, or -1; those that cross blocks come first. */
  readonly slot: Int32Array;
  readonly shared: number;
  /** Facts when a block begins; undefined when nothing comes there. */
  readonly into: (State | undefined)[];
  /** The same once more, sharpened. */
  readonly sharp: (State | undefined)[];
  readonly dirty: Uint8Array;
  readonly visits: Uint8Array;
  /** Slots that a loop changes, at the block that it goes back to: the only ones that could grow for ever there. */
  readonly changed: (Uint8Array | undefined)[];
  readonly steps: readonly number[];
  readonly now: State;
  readonly edge: State;
  /** Slots that are less than another or copies of one, now. */
  related: number[] = [];

  constructor(body: Body, slot: Int32Array, shared: number, all: number) {
    this.body = body;
    this.slot = slot;
    this.shared = shared;
    const { blocks } = body;
    this.into = blocks.map(() => undefined);
    this.sharp = blocks.map(() => undefined);
    this.dirty = new Uint8Array(blocks.length);
    this.visits = new Uint8Array(blocks.length);
    this.now = takeState(all);
    this.edge = takeState(shared);
    this.steps = stepsOf(body);
    this.changed = blocks.map(() => undefined);
    blocks.forEach((b, i) => {
      for (const t of b.next) if (t <= i) this.loop(t, i);
    });
    this.into[0] = takeState(shared);
    this.dirty[0] = 1;
  }

  /** Notes what the blocks from `first` to `last` change. */
  loop(first: number, last: number): void {
    const set = this.changed[first] ?? new Uint8Array(this.shared);
    this.changed[first] = set;
    for (let i = first; i <= last; i++)
      for (const instr of this.body.blocks[i].instrs)
        for (const d of instr.defs) {
          const s = this.slot[d];
          if (s >= 0 && s < this.shared) set[s] = 1;
        }
  }

  /** Gives back what it worked with. */
  end(): void {
    for (let i = 0; i < this.into.length; i++) {
      giveState(this.into[i]);
      giveState(this.sharp[i]);
    }
    giveState(this.now);
    giveState(this.edge);
  }

  // ---- flow

  run(): void {
    const { blocks } = this.body;
    for (let again = true, passes = 0; again; passes++) {
      if (passes === MOST_PASSES) return;
      again = false;
      for (let i = 0; i < blocks.length; i++)
        if (this.dirty[i] !== 0) {
          this.dirty[i] = 0;
          again = true;
          this.block(i, this.into, true);
        }
    }
    const { sharp } = this;
    sharp[0] = takeState(this.shared);
    for (let i = 0; i < blocks.length; i++) this.block(i, sharp, false);
    for (let i = 0; i < blocks.length; i++) {
      const s = sharp[i];
      if (s === undefined) continue;
      this.begin(s);
      for (const instr of blocks[i].instrs) {
        const kind = kindOf(instr.op);
        if (kind !== kinds.other) this.prove(instr, kind);
        this.step(instr, kind);
      }
    }
  }

  /** Takes a block's facts through it and on to those behind it. */
  block(i: number, next: (State | undefined)[], growing: boolean): void {
    const before = this.into[i];
    if (before === undefined) return;
    this.begin(before);
    const b = this.body.blocks[i];
    const { instrs } = b;
    for (let k = 0; k < instrs.length; k++) this.step(instrs[k], kindOf(instrs[k].op));
    const last = b.instrs[b.instrs.length - 1];
    const test =
      b.next.length === 2 && last.targets.length === 1 ? tests[last.op.number] : undefined;
    for (let k = 0; k < b.next.length; k++) {
      this.edge.copyFrom(this.now, this.shared);
      if (test !== undefined && !this.refine(last, k === 0 ? test.yes : test.no, test)) continue;
      this.flow(next, b.next[k], growing);
    }
  }

  begin(s: State): void {
    this.now.set(s);
    this.related.length = 0;
    for (let r = 0; r < this.shared; r++)
      if (s.less[r] !== NONE || s.copy[r] !== NONE) this.related.push(r);
  }

  flow(next: (State | undefined)[], to: number, growing: boolean): void {
    const before = next[to];
    if (before === undefined) {
      const fresh = takeState(this.shared);
      fresh.set(this.edge);
      next[to] = fresh;
      this.dirty[to] = 1;
    } else if (!growing) before.join(this.edge, undefined, this.steps);
    else {
      const widen = this.visits[to] >= PATIENCE ? this.changed[to] : undefined;
      if (!before.join(this.edge, widen, this.steps)) return;
      this.dirty[to] = 1;
      if (this.visits[to] < PATIENCE) this.visits[to]++;
    }
  }

  /** What a jump tells on one of its ways; false when that way is never gone. */
  refine(jump: Instr, way: Test["yes"], { immediate }: Test): boolean {
    const a = this.slotOf(jump.uses[0]);
    const b = immediate ? NONE : this.slotOf(jump.uses[1]);
    const x = this.operand(jump.uses[0]);
    const y = immediate ? { lo: jump.imm[0], hi: jump.imm[0] } : this.operand(jump.uses[1]);
    const { edge } = this;
    if (way === "eq") return edge.narrow(a, y.lo, y.hi) && edge.narrow(b, x.lo, x.hi);
    if (way === "less") {
      edge.isLess(a, b);
      return edge.narrow(a, -Infinity, y.hi - 1) && edge.narrow(b, x.lo + 1, Infinity);
    }
    if (way === "more") {
      edge.isLess(b, a);
      return edge.narrow(b, -Infinity, x.hi - 1) && edge.narrow(a, y.lo + 1, Infinity);
    }
    if (way === "most") return edge.narrow(a, -Infinity, y.hi) && edge.narrow(b, x.lo, Infinity);
    if (way === "least") return edge.narrow(a, y.lo, Infinity) && edge.narrow(b, -Infinity, x.hi);
    return true;
  }

  // ---- instructions

  slotOf(u: number): number {
    return u < 0 ? NONE : this.slot[u];
  }

  operand(u: number): Interval {
    if (u < 0) {
      const c = constantOf(this.body, u);
      return c.kind === "wide" ? wideNumber(c.lo, c.hi) : UNKNOWN;
    }
    const s = this.slot[u];
    return s < 0 ? UNKNOWN : { lo: this.now.lo[s], hi: this.now.hi[s] };
  }

  /** The interval of a result. */
  result(instr: Instr, kind: Kind): Interval {
    const [a, b] = instr.uses;
    switch (kind) {
      case kinds.constant:
        return wideNumber(instr.imm[0], instr.imm[1]);
      case kinds.move:
        return this.operand(a);
      case kinds.widenSigned:
        return { lo: -(2 ** 31), hi: 2 ** 31 - 1 };
      case kinds.widenUnsigned:
        return { lo: 0, hi: 2 ** 32 - 1 };
      case kinds.addNumber:
        return sum(this.operand(a), { lo: instr.imm[0], hi: instr.imm[0] });
      case kinds.add:
        return sum(this.operand(a), this.operand(b));
      case kinds.subtract: {
        const y = this.operand(b);
        return sum(this.operand(a), { lo: -y.hi, hi: -y.lo });
      }
      case kinds.multiply:
        return product(this.operand(a), this.operand(b));
      case kinds.remainder: {
        const [x, y] = [this.operand(a), this.operand(b)];
        if (!(y.lo > 0 && y.hi < Infinity)) return UNKNOWN;
        return { lo: x.lo >= 0 ? 0 : 1 - y.hi, hi: y.hi - 1 };
      }
      case kinds.divide: {
        const [x, y] = [this.operand(a), this.operand(b)];
        return y.lo > 0 && x.lo >= 0 ? { lo: 0, hi: x.hi } : UNKNOWN;
      }
      case kinds.and: {
        const [x, y] = [this.operand(a), this.operand(b)];
        if (!(x.lo >= 0 || y.lo >= 0)) return UNKNOWN;
        return { lo: 0, hi: Math.min(x.lo >= 0 ? x.hi : Infinity, y.lo >= 0 ? y.hi : Infinity) };
      }
      default:
        return UNKNOWN;
    }
  }

  /** Whether a result is the first operand: the length of `a[..n]` is `n - 0`. */
  copies(instr: Instr, kind: Kind): boolean {
    if (kind === kinds.move) return true;
    if (kind !== kinds.subtract) return false;
    const { lo, hi } = this.operand(instr.uses[1]);
    return lo === 0 && hi === 0;
  }

  /** Facts behind an instruction. */
  step(instr: Instr, kind: Kind): void {
    const { now } = this;
    if (kind === kinds.boundNumber || kind === kinds.bound) {
      const a = this.slotOf(instr.uses[0]);
      if (kind === kinds.boundNumber) {
        if (instr.imm[0] > 0) now.narrow(a, 0, instr.imm[0] - 1);
        return;
      }
      now.narrow(a, 0, this.operand(instr.uses[1]).hi - 1);
      now.isLess(a, this.slotOf(instr.uses[1]));
      if (a >= 0) this.related.push(a);
      return;
    }
    for (let k = 0; k < instr.defs.length; k++) {
      const d = this.slot[instr.defs[k]];
      if (d < 0) continue;
      const known = kind === kinds.other ? UNKNOWN : this.result(instr, kind);
      const from = this.copies(instr, kind) ? this.slotOf(instr.uses[0]) : NONE;
      const most = from >= 0 ? now.notMost[from] : 0;
      const less = from >= 0 ? now.less[from] : NONE;
      for (const r of this.related) {
        if (now.less[r] === d) now.less[r] = NONE;
        if (now.copy[r] === d) now.copy[r] = NONE;
      }
      now.lo[d] = exact(known.lo) ? known.lo : -Infinity;
      now.hi[d] = exact(known.hi) ? known.hi : Infinity;
      now.notMost[d] = most;
      now.less[d] = less === d ? NONE : less;
      now.copy[d] = from === d ? NONE : from;
      if (from >= 0) this.related.push(d);
    }
  }

  /** Takes the check off an instruction that always passes it. */
  prove(instr: Instr, kind: Kind): void {
    const { now } = this;
    const a = this.slotOf(instr.uses[0]);
    if (kind === kinds.boundNumber) {
      if (a >= 0 && now.lo[a] >= 0 && now.hi[a] < instr.imm[0]) instr.proved = true;
    } else if (kind === kinds.bound) {
      const b = this.slotOf(instr.uses[1]);
      if (a < 0 || b < 0 || !(now.lo[a] >= 0)) return;
      const limit = now.less[a];
      const of = now.copy[b];
      const same =
        limit >= 0 &&
        (limit === b ||
          now.copy[limit] === b ||
          of === limit ||
          (of !== NONE && of === now.copy[limit]));
      if (same || now.hi[a] < now.lo[b]) instr.proved = true;
    } else {
      const op = plainOf(instr.op);
      if (op === undefined) return;
      const one = kind === kinds.addNumber && instr.imm[0] === 1 && a >= 0 && now.notMost[a] === 1;
      const known = this.result(instr, kind);
      if (!one && !(exact(known.lo) && exact(known.hi))) return;
      if (kind === kinds.addNumber) {
        const n = instr.imm[0];
        instr.uses.push(addConstant(this.body, { kind: "wide", lo: n, hi: n >> 31 }));
        instr.imm.length = 0;
      }
      instr.op = op;
    }
  }
}

/** Operations that check something, and `try`, whose function is left as it is. */
const [CHECK, LEAVE] = [1, 2];
const checks = Uint8Array.from(ops, (op) =>
  op.name === "try" ? LEAVE : plainOf(op) !== undefined || op.name.startsWith("bound") ? CHECK : 0,
);

/** Finds ranges in a function with loops that check something, after `splitLocals`. */
export function findRanges(body: Body): void {
  const { blocks, classes } = body;
  let any = false;
  for (const b of blocks)
    for (let k = 0; k < b.instrs.length; k++) {
      const what = checks[b.instrs[k].op.number];
      if (what === LEAVE) return;
      if (what === CHECK && b.depth > 0) any = true;
    }
  if (!any) return;
  const slot = new Int32Array(classes.length).fill(NONE);
  let all = 0;
  for (let r = 0; r < body.f.regs.length; r++) if (classes[r] === "l") slot[r] = all++;
  const shared = all;
  if (blocks.length * shared > MOST) return;
  for (let r = body.f.regs.length; r < classes.length; r++) if (classes[r] === "l") slot[r] = all++;
  const ranges = new Ranges(body, slot, shared, all);
  ranges.run();
  ranges.end();
}
