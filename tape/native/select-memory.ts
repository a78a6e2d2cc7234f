/**
 * Loads, stores and checks. An access goes to linear memory at r15, or straight to the frame where its bounds prove that it stays in it.
 *
 * Invariant: with compared bounds no access leaves `bytes`; with guarded ones none leaves base - 2 GiB to base + 6 GiB.
 */
import type { Assembler } from "../x86-64/encode.ts";
import { r14, r15, rax, rcx, rdx } from "../x86-64/registers.ts";
import type { Row } from "../x86-64/row.ts";
import { alu, aluRm, cc, shift, shiftMi, x } from "../x86-64/rows.ts";
import { type Emitter, XMM14 } from "./emit.ts";
import { environment } from "./environment.ts";
import type { Instr } from "./ir.ts";
import { compare, type Writer } from "./select-integer.ts";

/** A place in memory, ready for an instruction: rax and rcx may be in use. */
interface Place {
  readonly base: number;
  readonly disp: number;
  readonly index: number;
  readonly scale: number;
}

const at = (base: number, disp: number, index = -1, scale = 1): Place => ({
  base,
  disp,
  index,
  scale,
});

function write(a: Assembler, row: Row, w: number, reg: number, p: Place): void {
  a.rm(row, w, reg, p.base, p.disp, p.index, p.scale);
}

/** The place that an access of `size` bytes means; checked where that is not proven. */
function placeOf(e: Emitter, i: Instr, size: number): Place {
  const base = i.uses[0];
  const index = i.scale === 0 ? undefined : i.uses[i.uses.length - 1];
  const disp = i.imm[0];
  const c = base < 0 ? e.constant(base) : undefined;
  if (c?.kind === "frame") {
    const from = c.lo + disp;
    const last = index === undefined ? from : from + (i.below - 1) * i.scale;
    const proven = from >= 0 && last + size <= e.body.f.frame;
    if (proven && (index === undefined || i.below > 0)) {
      const frame = e.reg(e.frame, rax, 8);
      if (index === undefined) return at(frame, from);
      return at(frame, from, e.reg(index, rcx, 8), i.scale);
    }
  }
  if (index !== undefined) {
    const ri = e.reg(index, rcx, 4);
    if (c !== undefined && c.kind !== "frame") e.a.rx(x.lea, 4, rax, ri, i.scale, c.lo);
    else e.a.rm(x.lea, 4, rax, e.reg(base, rax, 4), 0, ri, i.scale);
    return checked(e, rax, disp, size);
  }
  if (c !== undefined && c.kind !== "frame") {
    const from = (c.lo >>> 0) + disp;
    if (from >= 0 && from + size <= e.m.initial) return at(r15, from);
  }
  return checked(e, e.reg(base, rax, 4), disp, size);
}

function checked(e: Emitter, reg: number, disp: number, size: number): Place {
  if (!e.m.guard) {
    if (disp + size > 0x7fffffff) e.a.j(x.jmp, e.trap("bad address"));
    else {
      e.a.rm(x.lea, 8, rcx, reg, disp + size);
      e.a.rm(aluRm[alu.cmp], 8, rcx, r14, environment.bytes);
      e.trapIf(cc.a, "bad address");
    }
  }
  return at(r15, disp, reg, 1);
}

const loadInteger =
  (row: Row, w: number, size: number): Writer =>
  (e, i) => {
    const p = placeOf(e, i, size);
    const d = e.result(i.defs[0], rax);
    write(e.a, row, w, d, p);
    e.give(i.defs[0], d);
  };

const loadFloat =
  (is64: boolean): Writer =>
  (e, i) => {
    const p = placeOf(e, i, is64 ? 8 : 4);
    const d = e.result(i.defs[0], XMM14);
    write(e.a, is64 ? x.movsd : x.movss, 0, d, p);
    e.giveFloat(i.defs[0], d, is64);
  };

const storeInteger =
  (size: number): Writer =>
  (e, i) => {
    const value = i.uses[1];
    const v = e.small(value);
    if (v !== undefined) {
      const p = placeOf(e, i, size);
      // A 64-bit immediate is sign-extended; addresses, which are zero-extended, stay below 2 GiB here.
      write(e.a, size === 1 ? x.storeImm8 : x.storeImm, size === 1 ? 0 : size, 0, p);
      for (let k = 0; k < Math.min(size, 4); k++) e.a.byte((v >> (8 * k)) & 255);
      return;
    }
    const r = e.reg(value, rdx, e.width(value));
    const p = placeOf(e, i, size);
    write(e.a, size === 1 ? x.store8 : x.store, size === 1 ? 0 : size, r, p);
  };

const storeFloat =
  (is64: boolean): Writer =>
  (e, i) => {
    const r = e.float(i.uses[1], XMM14, is64);
    const p = placeOf(e, i, is64 ? 8 : 4);
    write(e.a, is64 ? x.storesd : x.storess, 0, r, p);
  };

const bound: Writer = (e, i) => {
  if (i.proved) return;
  e.trapIf(compare(e, i.uses[0], i.uses[1], 8, cc.ae), "index out of range");
};

const boundConstant: Writer = (e, i) => {
  if (i.proved) return;
  const n = i.imm[0];
  if (n < 0) {
    e.a.j(x.jmp, e.trap("index out of range"));
    return;
  }
  e.aluImm(alu.cmp, 8, e.reg(i.uses[0], rax, 8), n);
  e.trapIf(cc.ae, "index out of range");
};

const range: Writer = (e, i) => {
  const [a, b, c] = i.uses;
  e.trapIf(compare(e, a, b, 8, cc.a), "index out of range");
  e.trapIf(compare(e, b, c, 8, cc.a), "index out of range");
};

const nonNull: Writer = (e, i) => {
  const r = e.reg(i.uses[0], rax, 4);
  e.a.rr(x.test, 4, r, r);
  e.trapIf(cc.e, "null pointer");
};

/** Traps unless `count` bytes at the address in `reg` lie in memory. */
export function checkSpan(e: Emitter, reg: number, count: number): void {
  e.a.rr(x.mov, 8, rax, count);
  e.a.rr(aluRm[alu.add], 8, rax, reg);
  e.trapIf(cc.b, "bad address");
  e.a.rm(aluRm[alu.cmp], 8, rax, r14, environment.bytes);
  e.trapIf(cc.a, "bad address");
}

const size: Writer = (e, i) => {
  const d = e.result(i.defs[0], rax);
  e.a.rm(x.mov, 8, d, r14, environment.bytes);
  e.a.rr(shiftMi[shift.shr], 8, 0, d);
  e.a.imm8(16);
  e.give(i.defs[0], d);
};

/** Writers by the name of the operation. */
export const memoryWriters: Readonly<Record<string, Writer>> = {
  "ld.i8": loadInteger(x.movsx8, 4, 1),
  "ld.u8": loadInteger(x.movzx8, 4, 1),
  "ld.i16": loadInteger(x.movsx16, 4, 2),
  "ld.u16": loadInteger(x.movzx16, 4, 2),
  "ld.i32": loadInteger(x.mov, 4, 4),
  "ld.i64": loadInteger(x.mov, 8, 8),
  "ld.ptr": loadInteger(x.mov, 4, 4),
  "ld.f32": loadFloat(false),
  "ld.f64": loadFloat(true),
  "st.8": storeInteger(1),
  "st.16": storeInteger(2),
  "st.32": storeInteger(4),
  "st.64": storeInteger(8),
  "st.ptr": storeInteger(8),
  "st.f32": storeFloat(false),
  "st.f64": storeFloat(true),
  bound,
  boundi: boundConstant,
  range,
  nonnull: nonNull,
  "mem.size": size,
};
