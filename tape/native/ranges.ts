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
import { giveState, NONE, type State, stepsOf, takeState, wideNumber } from "./interval.ts";
import {
  exact,
  HI,
  type Interval,
  kindOf,
  kinds,
  type Kind,
  LO,
  ofTwo,
  plainOf,
  tests,
  type Test,
  unknown,
} from "./interval-rules.ts";
import type { Steps } from "../source/steps.ts";

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
  /** The interval of a result, and of two operands, for a moment. */
  readonly known: Interval = new Float64Array(2);
  readonly x: Interval = new Float64Array(2);
  readonly y: Interval = new Float64Array(2);
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

  *run(): Steps<void> {
    const { blocks } = this.body;
    let done = 0;
    for (let again = true, passes = 0; again; passes++) {
      if (passes === MOST_PASSES) return;
      again = false;
      for (let i = 0; i < blocks.length; i++)
        if (this.dirty[i] !== 0) {
          this.dirty[i] = 0;
          again = true;
          this.block(i, this.into, true);
          done += blocks[i].instrs.length + this.shared;
          if (done < STEP) continue;
          yield done;
          done = 0;
        }
    }
    const { sharp } = this;
    sharp[0] = takeState(this.shared);
    for (let i = 0; i < blocks.length; i++) {
      this.block(i, sharp, false);
      done += blocks[i].instrs.length + this.shared;
      if (done < STEP) continue;
      yield done;
      done = 0;
    }
    for (let i = 0; i < blocks.length; i++) {
      const s = sharp[i];
      if (s === undefined) continue;
      this.begin(s);
      for (const instr of blocks[i].instrs) {
        const kind = kindOf(instr.op);
        if (kind !== kinds.other) this.prove(instr, kind);
        this.step(instr, kind);
      }
      done += blocks[i].instrs.length + this.shared;
      if (done < STEP) continue;
      yield done;
      done = 0;
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
    const { edge, x, y } = this;
    this.operand(jump.uses[0], x);
    if (immediate) y.fill(jump.imm[0]);
    else this.operand(jump.uses[1], y);
    if (way === "eq") return edge.narrow(a, y[LO], y[HI]) && edge.narrow(b, x[LO], x[HI]);
    if (way === "less") {
      edge.isLess(a, b);
      return edge.narrow(a, -Infinity, y[HI] - 1) && edge.narrow(b, x[LO] + 1, Infinity);
    }
    if (way === "more") {
      edge.isLess(b, a);
      return edge.narrow(b, -Infinity, x[HI] - 1) && edge.narrow(a, y[LO] + 1, Infinity);
    }
    if (way === "most") return edge.narrow(a, -Infinity, y[HI]) && edge.narrow(b, x[LO], Infinity);
    if (way === "least") return edge.narrow(a, y[LO], Infinity) && edge.narrow(b, -Infinity, x[HI]);
    return true;
  }

  // ---- instructions

  slotOf(u: number): number {
    return u < 0 ? NONE : this.slot[u];
  }

  /** The interval of an operand, into `into`. */
  operand(u: number, into: Interval): void {
    if (u >= 0) {
      const s = this.slot[u];
      into[LO] = s < 0 ? -Infinity : this.now.lo[s];
      into[HI] = s < 0 ? Infinity : this.now.hi[s];
      return;
    }
    const c = constantOf(this.body, u);
    if (c.kind === "wide") wideNumber(c.lo, c.hi, into);
    else unknown(into);
  }

  /** The interval of a result, in `known`. */
  result(instr: Instr, kind: Kind): void {
    const { uses } = instr;
    const out = this.known;
    switch (kind) {
      case kinds.other:
        break;
      case kinds.constant:
        wideNumber(instr.imm[0], instr.imm[1], out);
        return;
      case kinds.move:
        this.operand(uses[0], out);
        return;
      case kinds.widenSigned:
        out[LO] = -(2 ** 31);
        out[HI] = 2 ** 31 - 1;
        return;
      case kinds.widenUnsigned:
        out[LO] = 0;
        out[HI] = 2 ** 32 - 1;
        return;
      case kinds.addNumber:
        this.operand(uses[0], out);
        out[LO] += instr.imm[0];
        out[HI] += instr.imm[0];
        return;
      default:
        if (uses.length < 2) break;
        this.operand(uses[0], this.x);
        this.operand(uses[1], this.y);
        ofTwo(kind, this.x, this.y, out);
        return;
    }
    unknown(out);
  }

  /** Whether a result is the first operand: the length of `a[..n]` is `n - 0`. */
  copies(instr: Instr, kind: Kind): boolean {
    if (kind === kinds.move) return true;
    if (kind !== kinds.subtract) return false;
    this.operand(instr.uses[1], this.y);
    return this.y[LO] === 0 && this.y[HI] === 0;
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
      this.operand(instr.uses[1], this.y);
      now.narrow(a, 0, this.y[HI] - 1);
      now.isLess(a, this.slotOf(instr.uses[1]));
      if (a >= 0) this.related.push(a);
      return;
    }
    for (let k = 0; k < instr.defs.length; k++) {
      const d = this.slot[instr.defs[k]];
      if (d < 0) continue;
      this.result(instr, kind);
      const lo = this.known[LO];
      const hi = this.known[HI];
      const from = this.copies(instr, kind) ? this.slotOf(instr.uses[0]) : NONE;
      const most = from >= 0 ? now.notMost[from] : 0;
      const less = from >= 0 ? now.less[from] : NONE;
      for (let k = 0; k < this.related.length; k++) {
        const r = this.related[k];
        if (now.less[r] === d) now.less[r] = NONE;
        if (now.copy[r] === d) now.copy[r] = NONE;
      }
      now.lo[d] = exact(lo) ? lo : -Infinity;
      now.hi[d] = exact(hi) ? hi : Infinity;
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
      this.result(instr, kind);
      if (!one && !(exact(this.known[LO]) && exact(this.known[HI]))) return;
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

/** Of a register that occurs, before it has a slot. */
const SEEN = -2;
/** Instructions and slots of a step. */
const STEP = 1000;

/** Finds ranges in a function with loops that check something, after `splitLocals`. */
export function* rangeSteps(body: Body): Steps<void> {
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
  const { length } = body.f.regs;
  for (const b of blocks)
    for (const { uses, defs } of b.instrs) {
      for (let k = 0; k < uses.length; k++) if (uses[k] >= 0) slot[uses[k]] = SEEN;
      for (let k = 0; k < defs.length; k++) slot[defs[k]] = SEEN;
    }
  for (let r = 0; r < length; r++) slot[r] = slot[r] === SEEN && classes[r] === "l" ? all++ : NONE;
  const shared = all;
  if (blocks.length * shared > MOST) return;
  for (let r = length; r < classes.length; r++) slot[r] = classes[r] === "l" ? all++ : NONE;
  const ranges = new Ranges(body, slot, shared, all);
  yield* ranges.run();
  ranges.end();
}
