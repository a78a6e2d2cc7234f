/**
 * Gives registers to values by one scan over their intervals, hottest first where there are too few.
 *
 * Source of the method: M. Poletto, V. Sarkar, "Linear Scan Register Allocation" (TOPLAS 1999). An interval runs from the first
 * to the last place where its value may be needed. Invariant: values whose intervals meet never share a register; one that
 * lives across a call lies in a register that calls keep, or in the frame.
 */
import { ops } from "../bytecode/op-table.ts";
import { r8, r9, r10, r11, r12, r13, rbx, rdi, rsi } from "../x86-64/registers.ts";
import type { Body, Instr } from "./ir.ts";
import type { Live } from "./liveness.ts";
import { Room } from "./room.ts";

/** Integer registers that calls may change, in the order in which they carry arguments. */
export const argumentRegisters: readonly number[] = [rdi, rsi, r8, r9, r10, r11];
/** Integer registers that calls keep. */
export const keptRegisters: readonly number[] = [rbx, r12, r13];
/** Float registers, all changed by calls; 14 and 15 are scratch. */
export const FLOATS = 14;

export interface Places {
  /** For each register of the body: a machine register, or -1 - slot, or `NOWHERE`. */
  readonly where: Int32Array;
  readonly slots: number;
  /** Kept registers that the function uses. */
  readonly kept: readonly number[];
  /** Whether it calls anything. */
  readonly calls: boolean;
}
export const NOWHERE = 1 << 20;

interface Interval {
  readonly v: number;
  start: number;
  end: number;
  weight: number;
  crosses: boolean;
  readonly float: boolean;
  reg: number;
}

const byNumber = (pattern: RegExp): Uint8Array =>
  Uint8Array.from(ops, ({ name }) => (pattern.test(name) ? 1 : 0));
const calling = byNumber(/^(call|calli|host|mem\.(copy|fill|grow))$/);
const accessing = byNumber(/^(ld|st)\./);
const moving = byNumber(/^mov\./);

/** Whether an instruction calls code that may change registers. */
export function isCall(instr: Instr): boolean {
  return calling[instr.op.number] === 1;
}

/** Whether an instruction loads or stores one value. */
export function isAccess(instr: Instr): boolean {
  return accessing[instr.op.number] === 1;
}

const FREQUENCY = [1, 10, 100, 1000, 10000];

const rooms = {
  start: new Room(),
  end: new Room(),
  hint: new Room(),
  first: new Room(),
  next: new Room(),
};

/** `frame` is the register of the frame's machine address, or -1. */
export function allocate(body: Body, live: Live, frame: number): Places {
  const n = body.classes.length;
  const start = rooms.start.take(n, -2);
  const end = rooms.end.take(n, -2);
  const weight = new Float64Array(n);
  const hint = rooms.hint.take(n, -1);
  const calls: number[] = [];
  const touch = (v: number, at: number): void => {
    if (start[v] === -2 || at < start[v]) start[v] = at;
    if (at > end[v]) end[v] = at;
  };
  const spans: { from: number; to: number }[] = [];
  let at = 0;
  for (let i = 0; i < body.blocks.length; i++) {
    const b = body.blocks[i];
    const from = at;
    const heat = FREQUENCY[Math.min(b.depth, 4)];
    for (let j = 0; j < b.instrs.length; j++) {
      const instr = b.instrs[j];
      for (let k = 0; k < instr.uses.length; k++) {
        const u = instr.uses[k];
        if (u >= 0) {
          touch(u, at);
          weight[u] += heat;
        } else if (
          frame >= 0 &&
          u === instr.uses[0] &&
          isAccess(instr) &&
          body.constants[-1 - u].kind === "frame"
        ) {
          touch(frame, at);
          weight[frame] += heat;
        }
      }
      for (let k = 0; k < instr.defs.length; k++) {
        const d = instr.defs[k];
        touch(d, at + 1);
        weight[d] += heat;
      }
      if (moving[instr.op.number] === 1 && instr.uses[0] >= 0) hint[instr.defs[0]] = instr.uses[0];
      if (isCall(instr)) calls.push(at);
      at += 2;
    }
    spans.push({ from, to: at });
    for (let w = 0; w < live.words; w++) {
      const place = i * live.words + w;
      for (let set = live.into[place]; set !== 0; set &= set - 1)
        touch(32 * w + 31 - Math.clz32(set & -set), from);
      for (let set = live.out[place]; set !== 0; set &= set - 1)
        touch(32 * w + 31 - Math.clz32(set & -set), at);
    }
  }
  for (let p = 0; p < body.f.params.length; p++) if (start[p] !== -2) touch(p, -1);
  if (frame >= 0 && start[frame] !== -2) {
    touch(frame, -1);
    for (let again = true; again; ) {
      again = false;
      body.blocks.forEach((b, i) => {
        for (const t of b.next)
          if (t <= i && spans[t].from <= end[frame] && spans[i].to > end[frame]) {
            end[frame] = spans[i].to;
            again = true;
          }
      });
    }
  }
  // by where they start, and by number at the same place
  const first = rooms.first.take(at + 2, -1);
  const next = rooms.next.take(n, -1);
  for (let v = n - 1; v >= 0; v--) {
    if (start[v] === -2 || weight[v] === 0) continue;
    next[v] = first[start[v] + 1];
    first[start[v] + 1] = v;
  }
  const scan = new Scan(n, hint, incoming(body.f.params));
  for (let s = 0; s < at + 2; s++)
    for (let v = first[s]; v >= 0; v = next[v]) {
      const c = v === frame ? "l" : body.classes[v];
      scan.add({
        v,
        start: start[v],
        end: end[v],
        weight: weight[v] / (end[v] - start[v] + 2),
        crosses: crossesAny(calls, start[v], end[v]),
        float: c === "f" || c === "d",
        reg: -1,
      });
    }
  return {
    where: scan.where,
    slots: scan.slots,
    kept: keptRegisters.filter((r) => scan.used[r] !== 0),
    calls: calls.length > 0,
  };
}

/** Registers in which parameters arrive, -1 for the stack. */
export function incoming(params: string): readonly number[] {
  const known = arrivals.get(params);
  if (known !== undefined) return known;
  let ints = 0;
  let floats = 0;
  const found = [...params].map((c) => {
    if (c === "f" || c === "d") return floats < 8 ? floats++ : -1;
    return ints < argumentRegisters.length ? argumentRegisters[ints++] : -1;
  });
  if (arrivals.size === MOST_ARRIVALS) arrivals.clear();
  arrivals.set(params, found);
  return found;
}

/** What `incoming` found, for that many lists of classes. */
const arrivals = new Map<string, readonly number[]>();
const MOST_ARRIVALS = 512;

function crossesAny(calls: readonly number[], start: number, end: number): boolean {
  let low = 0;
  let high = calls.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (calls[mid] > start) high = mid;
    else low = mid + 1;
  }
  return low < calls.length && calls[low] + 1 < end;
}

class Scan {
  readonly where: Int32Array;
  readonly hint: Int32Array;
  readonly params: readonly number[];
  readonly used = new Uint8Array(16);
  slots = 0;
  /** Intervals that hold registers now, by register, for integers and floats. */
  readonly ints: (Interval | undefined)[] = new Array(16).fill(undefined);
  readonly floats: (Interval | undefined)[] = new Array(16).fill(undefined);

  constructor(n: number, hint: Int32Array, params: readonly number[]) {
    this.where = new Int32Array(n).fill(NOWHERE);
    this.hint = hint;
    this.params = params;
  }

  add(it: Interval): void {
    const file = it.float ? this.floats : this.ints;
    for (let r = 0; r < 16; r++) {
      const other = file[r];
      if (other !== undefined && other.end < it.start) file[r] = undefined;
    }
    if (it.float && it.crosses) {
      this.spill(it);
      return;
    }
    const allowed = it.float ? floatRegisters : it.crosses ? keptRegisters : anyRegisters;
    const wished = this.wish(it, file, allowed);
    const best = wished >= 0 ? wished : firstFree(file, allowed);
    if (best >= 0) {
      this.give(it, best, file);
      return;
    }
    let cheapest: Interval = it;
    for (const r of allowed) {
      const other = file[r];
      if (other !== undefined && other.weight < cheapest.weight) cheapest = other;
    }
    if (cheapest === it) {
      this.spill(it);
      return;
    }
    const { reg } = cheapest;
    this.spill(cheapest);
    this.give(it, reg, file);
  }

  /** The free register that saves a move. */
  wish(it: Interval, file: readonly (Interval | undefined)[], allowed: readonly number[]): number {
    let r = -1;
    if (it.v < this.params.length && it.start < 0) r = this.params[it.v];
    else if (this.hint[it.v] >= 0) r = this.where[this.hint[it.v]];
    return r >= 0 && r < 16 && file[r] === undefined && allowed.includes(r) ? r : -1;
  }

  give(it: Interval, reg: number, file: (Interval | undefined)[]): void {
    it.reg = reg;
    file[reg] = it;
    this.where[it.v] = reg;
    if (!it.float) this.used[reg] = 1;
  }

  spill(it: Interval): void {
    this.where[it.v] = -1 - this.slots++;
  }
}

function firstFree(file: readonly (Interval | undefined)[], allowed: readonly number[]): number {
  for (const r of allowed) if (file[r] === undefined) return r;
  return -1;
}

const anyRegisters = [...argumentRegisters, ...keptRegisters];
const floatRegisters = Array.from({ length: FLOATS }, (_, i) => i);
