/** Intervals of 64-bit integers at a place of a function, and how those of two ways join. Invariant: bounds are exact doubles or infinite. */
import { ops } from "../bytecode/op-table.ts";
import { exact, HI, type Interval, LO, unknown } from "./interval-rules.ts";
import type { Body } from "./ir.ts";

export const NONE = -1;

/** Facts at a place, by slot: bounds, whether it is below the largest number, a slot that it is less than, one that it copies. */
export class State {
  /** Slots; the arrays may have room for more. */
  n = 0;
  readonly lo: Float64Array;
  readonly hi: Float64Array;
  readonly notMost: Uint8Array;
  readonly less: Int32Array;
  readonly copy: Int32Array;

  constructor(room: number) {
    this.lo = new Float64Array(room);
    this.hi = new Float64Array(room);
    this.notMost = new Uint8Array(room);
    this.less = new Int32Array(room);
    this.copy = new Int32Array(room);
  }

  /** Knows nothing of `n` slots. */
  clear(n: number): void {
    this.n = n;
    for (let r = 0; r < n; r++) {
      this.lo[r] = -Infinity;
      this.hi[r] = Infinity;
      this.notMost[r] = 0;
      this.less[r] = NONE;
      this.copy[r] = NONE;
    }
  }

  /** Takes over facts of the first slots. */
  set(other: State): void {
    for (let r = 0; r < other.n; r++) {
      this.lo[r] = other.lo[r];
      this.hi[r] = other.hi[r];
      this.notMost[r] = other.notMost[r];
      this.less[r] = other.less[r];
      this.copy[r] = other.copy[r];
    }
  }

  /** The facts of the first `n` slots among themselves. */
  copyFrom(other: State, n: number): void {
    for (let r = 0; r < n; r++) {
      this.lo[r] = other.lo[r];
      this.hi[r] = other.hi[r];
      this.notMost[r] = other.notMost[r];
      this.less[r] = other.less[r] < n ? other.less[r] : NONE;
      this.copy[r] = other.copy[r] < n ? other.copy[r] : NONE;
    }
  }

  /** Keeps what holds on both ways; whether anything changed. Bounds of slots in `widen` go on to the next of `steps`. */
  join(other: State, widen: Uint8Array | undefined, steps: readonly number[]): boolean {
    const { lo, hi, notMost, less, copy } = this;
    let changed = false;
    for (let r = 0; r < this.n; r++) {
      if (other.lo[r] < lo[r]) {
        lo[r] = widen?.[r] === 1 ? below(steps, other.lo[r]) : other.lo[r];
        changed = true;
      }
      if (other.hi[r] > hi[r]) {
        hi[r] = widen?.[r] === 1 ? above(steps, other.hi[r]) : other.hi[r];
        changed = true;
      }
      if (other.notMost[r] < notMost[r]) {
        notMost[r] = 0;
        changed = true;
      }
      if (less[r] !== NONE && other.less[r] !== less[r]) {
        less[r] = NONE;
        changed = true;
      }
      if (copy[r] !== NONE && other.copy[r] !== copy[r]) {
        copy[r] = NONE;
        changed = true;
      }
    }
    return changed;
  }

  /** Sharpens a slot; false when nothing is left. */
  narrow(r: number, lo: number, hi: number): boolean {
    if (r < 0 || r >= this.n) return true;
    if (lo > this.lo[r]) this.lo[r] = lo;
    if (hi < this.hi[r]) this.hi[r] = hi;
    return this.lo[r] <= this.hi[r];
  }

  isLess(a: number, b: number): void {
    if (a < 0 || a >= this.n) return;
    this.notMost[a] = 1;
    this.less[a] = b < this.n ? b : NONE;
  }
}

/** States of functions that are done, for those that follow: a compiler needs some for each block. */
const spare: State[] = [];
/** Least slots of a state that is made, and most of one that is kept. */
const ROOM = 16;
const MOST_ROOM = 256;

/** A state of `n` slots of which nothing is known. */
export function takeState(n: number): State {
  const last = spare.pop();
  const state =
    last !== undefined && last.lo.length >= n ? last : new State(n <= ROOM ? ROOM : 2 * n);
  state.clear(n);
  return state;
}

/** Gives a state back: nobody looks at it any more. */
export function giveState(state: State | undefined): void {
  if (state !== undefined && state.lo.length <= MOST_ROOM) spare.push(state);
}

function above(steps: readonly number[], v: number): number {
  for (const s of steps) if (s >= v) return s;
  return Infinity;
}

function below(steps: readonly number[], v: number): number {
  for (let i = steps.length - 1; i >= 0; i--) if (steps[i] <= v) return steps[i];
  return -Infinity;
}

/** A 64-bit constant from its halves; what is no exact double is unknown. */
export function wideNumber(lo: number, hi: number, into: Interval): void {
  const v = hi * 2 ** 32 + (lo >>> 0);
  if (!exact(v)) unknown(into);
  else {
    into[LO] = v;
    into[HI] = v;
  }
}

const MOST_STEPS = 64;
/** Operations with a number at which a loop may end: of 64 bits, or of 32. */
const WIDE = 2;
const numbers = Uint8Array.from(ops, ({ name }) =>
  name === "const.i64" ? WIDE : name === "boundi" || /^j\w+i\.i64$/.test(name) ? 1 : 0,
);

/** Numbers at which loops may end and those before them, ascending; a function with very many gives the first of them. */
export function stepsOf(body: Body): number[] {
  const found = new Set<number>([0]);
  const wide = new Float64Array(2);
  for (const b of body.blocks)
    for (const { op, imm } of b.instrs) {
      if (found.size > MOST_STEPS) break;
      const which = numbers[op.number];
      if (which === 0) continue;
      if (which === WIDE) wideNumber(imm[0], imm[1], wide);
      const v = which === WIDE ? wide[LO] : imm[0];
      if (exact(v)) found.add(v - 1).add(v);
    }
  return [...found].sort((a, b) => a - b);
}
