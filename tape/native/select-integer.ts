/**
 * Integer operations as machine code. Each writer takes the emitter and an instruction; operands may share registers with
 * the result, so that a result is written last or where no operand is read afterwards.
 */
import { rax, rcx, rdx } from "../x86-64/registers.ts";
import { alu, aluRm, cc, cmov, jcc, setcc, shift, shiftMc, shiftMi, x } from "../x86-64/rows.ts";
import { Label } from "../x86-64/encode.ts";
import { type Emitter, fits8 } from "./emit.ts";
import type { Instr } from "./ir.ts";

export type Writer = (e: Emitter, i: Instr) => void;

/** d = a op b for a family operation; gives the register of the sum, flags still set. */
function twoOperands(e: Emitter, i: Instr, k: number, w: number, commutes: boolean): number {
  let [a, b] = i.uses;
  const d = e.result(i.defs[0], rax);
  if (commutes && (a < 0 || (e.inRegister(b) === d && e.inRegister(a) !== d))) [a, b] = [b, a];
  const reg = b >= 0 && e.inRegister(b) === d && e.inRegister(a) !== d ? rax : d;
  e.to(reg, a, w);
  e.alu(k, w, reg, b, rcx);
  return reg;
}

const plain =
  (k: number, w: number, commutes: boolean): Writer =>
  (e, i) => {
    const [a, b] = i.uses;
    const d = e.result(i.defs[0], rax);
    const ra = e.inRegister(a);
    // Three places: one lea instead of a move and a sum.
    if (k === alu.add && ra >= 0 && ra !== d) {
      const rb = e.inRegister(b);
      const v = e.small(b);
      if (rb >= 0 && rb !== d) {
        e.a.rm(x.lea, w, d, ra, 0, rb, 1);
        e.give(i.defs[0], d);
        return;
      }
      if (v !== undefined) {
        e.a.rm(x.lea, w, d, ra, v);
        e.give(i.defs[0], d);
        return;
      }
    }
    e.give(i.defs[0], twoOperands(e, i, k, w, commutes));
  };

const trapping =
  (k: number, w: number, signed: boolean): Writer =>
  (e, i) => {
    const reg = twoOperands(e, i, k, w, k === alu.add);
    e.trapIf(signed ? cc.o : cc.b, "integer overflow");
    e.give(i.defs[0], reg);
  };

const addImmediate =
  (w: number): Writer =>
  (e, i) => {
    const d = e.result(i.defs[0], rax);
    e.to(d, i.uses[0], w);
    e.aluImm(alu.add, w, d, i.imm[0]);
    e.trapIf(cc.o, "integer overflow");
    e.give(i.defs[0], d);
  };

/** Signed product; flags tell overflow. */
function signedProduct(e: Emitter, i: Instr, w: number): number {
  let [a, b] = i.uses;
  if (a < 0 || (b >= 0 && e.inRegister(b) === e.result(i.defs[0], rax))) [a, b] = [b, a];
  const d = e.result(i.defs[0], rax);
  const v = e.small(b);
  if (v !== undefined) {
    const row = fits8(v) ? x.imul8 : x.imul32;
    const ra = e.reg(a, rax, w);
    e.a.rr(row, w, d, ra);
    if (fits8(v)) e.a.imm8(v);
    else e.a.int32(v);
    return d;
  }
  const reg = b >= 0 && e.inRegister(b) === d && e.inRegister(a) !== d ? rax : d;
  e.to(reg, a, w);
  e.rmOp(x.imul, w, reg, b, rcx);
  return reg;
}

const multiply =
  (w: number, signed: boolean, traps: boolean): Writer =>
  (e, i) => {
    if (signed) {
      const reg = signedProduct(e, i, w);
      if (traps) e.trapIf(cc.o, "integer overflow");
      e.give(i.defs[0], reg);
      return;
    }
    wideProduct(e, i, w);
    e.trapIf(cc.o, "integer overflow");
    e.give(i.defs[0], rax);
  };

/** rdx:rax = a * b, unsigned. */
function wideProduct(e: Emitter, i: Instr, w: number): void {
  const b = e.reg(i.uses[1], rcx, w);
  e.to(rax, i.uses[0], w);
  e.a.rr(x.mul, w, 0, b);
}

const satSigned =
  (k: number, w: number): Writer =>
  (e, i) => {
    // rcx = what an overflow gives: the largest value, or the smallest for a negative first operand.
    const bits = w * 8 - 1;
    e.to(rcx, i.uses[0], w);
    e.a.rr(shiftMi[shift.sar], w, 0, rcx);
    e.a.imm8(bits);
    e.movImm(rdx, -1, w === 8 ? 0x7fffffff : 0);
    if (w === 4) e.movImm(rdx, 0x7fffffff, 0);
    e.a.rr(aluRm[alu.xor], w, rcx, rdx);
    e.to(rax, i.uses[0], w);
    e.alu(k, w, rax, i.uses[1], rdx);
    e.a.rr(cmov[cc.o], w, rax, rcx);
    e.give(i.defs[0], rax);
  };

const satUnsigned =
  (k: number, w: number): Writer =>
  (e, i) => {
    e.to(rax, i.uses[0], w);
    e.alu(k, w, rax, i.uses[1], rcx);
    e.a.rr(aluRm[alu.sbb], w, rcx, rcx);
    if (k === alu.sub) e.a.rr(x.not, w, 0, rcx);
    e.a.rr(aluRm[k === alu.sub ? alu.and : alu.or], w, rax, rcx);
    e.give(i.defs[0], rax);
  };

/** log2 of a power of two that is an operand, or -1. */
function powerOf(e: Emitter, u: number): number {
  const v = e.small(u);
  return v !== undefined && v > 0 && (v & (v - 1)) === 0 ? 31 - Math.clz32(v) : -1;
}

const divide =
  (w: number, signed: boolean, rest: boolean): Writer =>
  (e, i) => {
    const [a, b] = i.uses;
    const { a: asm } = e;
    const log = powerOf(e, b);
    if (log >= 0) {
      divideByPower(e, i, w, signed, rest, log);
      return;
    }
    const known = e.small(b);
    e.to(rcx, b, w);
    if (known === undefined || known === 0) {
      asm.rr(x.test, w, rcx, rcx);
      e.trapIf(cc.e, "division by zero");
    }
    const done = new Label();
    e.to(rax, a, w);
    if (signed && (known === undefined || known === -1)) {
      // The smallest value by -1 leaves the range: an overflow, or rest 0.
      const usual = new Label();
      e.aluImm(alu.cmp, w, rcx, -1);
      asm.j(jcc[cc.ne], usual);
      if (rest) asm.rr(aluRm[alu.xor], 4, rdx, rdx);
      else {
        asm.rr(x.neg, w, 0, rax);
        e.trapIf(cc.o, "integer overflow");
      }
      asm.j(x.jmp, done);
      asm.place(usual);
    }
    if (signed) asm.z(w === 8 ? x.cqo : x.cdq, w === 8 ? 8 : 0);
    else asm.rr(aluRm[alu.xor], 4, rdx, rdx);
    asm.rr(signed ? x.idiv : x.div, w, 0, rcx);
    asm.place(done);
    e.give(i.defs[0], rest ? rdx : rax);
  };

function divideByPower(
  e: Emitter,
  i: Instr,
  w: number,
  signed: boolean,
  rest: boolean,
  log: number,
): void {
  const { a: asm } = e;
  const by = (row: number, reg: number, n: number): void => {
    asm.rr(shiftMi[row], w, 0, reg);
    asm.imm8(n);
  };
  e.to(rax, i.uses[0], w);
  if (!signed) {
    if (rest) e.aluImm(alu.and, w, rax, 2 ** log - 1);
    else if (log > 0) by(shift.shr, rax, log);
    e.give(i.defs[0], rax);
    return;
  }
  // rcx = 2^log - 1 for a negative number, else 0: rounds toward zero.
  asm.rr(x.mov, w, rcx, rax);
  if (log === 0) asm.rr(aluRm[alu.xor], 4, rcx, rcx);
  else {
    by(shift.sar, rcx, w * 8 - 1);
    by(shift.shr, rcx, w * 8 - log);
  }
  asm.rr(aluRm[alu.add], w, rax, rcx);
  if (rest) {
    e.aluImm(alu.and, w, rax, 2 ** log - 1);
    asm.rr(aluRm[alu.sub], w, rax, rcx);
  } else if (log > 0) by(shift.sar, rax, log);
  e.give(i.defs[0], rax);
}

const shiftBy =
  (k: number, w: number): Writer =>
  (e, i) => {
    const [a, b] = i.uses;
    const n = e.small(b);
    if (n !== undefined) {
      const d = e.result(i.defs[0], rax);
      e.to(d, a, w);
      if ((n & (w * 8 - 1)) !== 0) {
        e.a.rr(shiftMi[k], w, 0, d);
        e.a.imm8(n & (w * 8 - 1));
      }
      e.give(i.defs[0], d);
      return;
    }
    e.to(rcx, b, 4);
    const d = e.inRegister(b) === e.result(i.defs[0], rax) ? rax : e.result(i.defs[0], rax);
    e.to(d, a, w);
    e.a.rr(shiftMc[k], w, 0, d);
    e.give(i.defs[0], d);
  };

/** Zeros before the highest or after the lowest one; all bits for 0. */
const zeros =
  (leading: boolean, w: number): Writer =>
  (e, i) => {
    const bits = w * 8;
    e.to(rax, i.uses[0], w);
    e.movImm(rcx, leading ? 2 * bits - 1 : bits, 0);
    e.a.rr(leading ? x.bsr : x.bsf, w, rax, rax);
    e.a.rr(cmov[cc.e], w, rax, rcx);
    if (leading) e.aluImm(alu.xor, w, rax, bits - 1);
    e.give(i.defs[0], rax);
  };

const ones =
  (w: number): Writer =>
  (e, i) => {
    e.rmOp(x.popcnt, w, rax, i.uses[0], rcx);
    e.give(i.defs[0], rax);
  };

/** A value that must lie in a small range, or is clamped to it. */
function small(low: number, high: number, traps: boolean): Writer {
  return (e, i) => {
    const { a: asm } = e;
    e.to(rax, i.uses[0], 4);
    if (traps) {
      let checked = rax;
      if (low < 0) {
        checked = rcx;
        asm.rm(x.lea, 4, rcx, rax, -low);
      }
      e.aluImm(alu.cmp, 4, checked, high - low);
      e.trapIf(cc.a, "integer overflow");
    } else {
      e.movImm(rcx, low, 0);
      e.aluImm(alu.cmp, 4, rax, low);
      asm.rr(cmov[cc.l], 4, rax, rcx);
      e.movImm(rcx, high, 0);
      e.aluImm(alu.cmp, 4, rax, high);
      asm.rr(cmov[cc.g], 4, rax, rcx);
    }
    e.give(i.defs[0], rax);
  };
}

const extend =
  (signed: boolean, bits: number): Writer =>
  (e, i) => {
    const d = e.result(i.defs[0], rax);
    const row = bits === 8 ? (signed ? x.movsx8 : x.movzx8) : signed ? x.movsx16 : x.movzx16;
    e.a.rr(row, 4, d, e.reg(i.uses[0], rax, 4));
    e.give(i.defs[0], d);
  };

/** Flags of a comparison; gives the condition, changed where the operands had to change places. */
export function compare(e: Emitter, a: number, b: number, w: number, cond: number): number {
  if (a < 0 && b >= 0) return compare(e, b, a, w, swapped[cond] ?? cond);
  const v = e.small(b);
  if (v === 0 && e.inRegister(a) >= 0 && !unsignedConditions.has(cond)) {
    const r = e.inRegister(a);
    e.a.rr(x.test, w, r, r);
    return cond;
  }
  const r = e.reg(a, rax, w);
  e.alu(alu.cmp, w, r, b, rcx);
  return cond;
}
const unsignedConditions = new Set<number>([cc.b, cc.be, cc.a, cc.ae]);
const swapped: Readonly<Record<number, number>> = {
  [cc.l]: cc.g,
  [cc.g]: cc.l,
  [cc.le]: cc.ge,
  [cc.ge]: cc.le,
  [cc.b]: cc.a,
  [cc.a]: cc.b,
  [cc.be]: cc.ae,
  [cc.ae]: cc.be,
};

/** Conditions by the names of comparisons. */
export const conditionOf: Readonly<Record<string, number>> = {
  eq: cc.e,
  ne: cc.ne,
  lts: cc.l,
  ltu: cc.b,
  les: cc.le,
  leu: cc.be,
  ges: cc.ge,
};

const compareInto =
  (cond: number, w: number): Writer =>
  (e, i) => {
    const c = compare(e, i.uses[0], i.uses[1], w, cond);
    e.a.rr(setcc[c], 0, 0, rax);
    const d = e.result(i.defs[0], rax);
    e.a.rr(x.movzx8, 4, d, rax);
    e.give(i.defs[0], d);
  };

/** A copy that changes the width: sign-extended from 32 bits, or the low half. */
const widen: Writer = (e, i) => {
  const d = e.result(i.defs[0], rax);
  e.rmOp(x.movsxd, 8, d, i.uses[0], rax);
  e.give(i.defs[0], d);
};
const copy =
  (w: number): Writer =>
  (e, i) => {
    const r = e.inRegister(i.uses[0]);
    const spilled = e.result(i.defs[0], -1) < 0;
    if (r >= 0 && spilled) {
      e.give(i.defs[0], r);
      return;
    }
    const d = e.result(i.defs[0], rax);
    // A move to the same register still clears the upper half.
    if (r === d && r >= 0 && w === 4 && e.width(i.uses[0]) === 8) e.a.rr(x.mov, 4, d, d);
    else e.to(d, i.uses[0], w);
    e.give(i.defs[0], d);
  };

const select =
  (w: number): Writer =>
  (e, i) => {
    const [c, a, b] = i.uses;
    e.to(rcx, c, 4);
    e.to(rax, b, w);
    e.a.rr(x.test, 4, rcx, rcx);
    e.rmOp(cmov[cc.ne], w, rax, a, rdx);
    e.give(i.defs[0], rax);
  };

const constant: Writer = (e, i) => {
  const d = e.result(i.defs[0], rax);
  const { name } = i.op;
  if (name === "frame") e.frameTo(d, i.imm[0]);
  else if (name === "fnptr") e.movImm(d, i.imm[0] + 1, 0);
  else e.movImm(d, i.imm[0], name === "const.i64" ? i.imm[1] : 0);
  e.give(i.defs[0], d);
};

const address =
  (scale: (i: Instr) => number): Writer =>
  (e, i) => {
    const n = scale(i);
    const [base, index] = i.uses;
    const d = e.result(i.defs[0], rax);
    if (n === 1 || n === 2 || n === 4 || n === 8) {
      const rb = e.reg(base, rax, 4);
      const ri = e.reg(index, rcx, 4);
      e.a.rm(x.lea, 4, d, rb, 0, ri, n);
    } else {
      const ri = e.reg(index, rcx, 4);
      e.a.rr(x.imul32, 4, rcx, ri);
      e.a.int32(n);
      const rb = e.reg(base, rax, 4);
      e.a.rm(x.lea, 4, d, rb, 0, rcx, 1);
    }
    e.give(i.defs[0], d);
  };

const addressPlus: Writer = (e, i) => {
  const d = e.result(i.defs[0], rax);
  e.a.rm(x.lea, 4, d, e.reg(i.uses[0], rax, 4), i.imm[0]);
  e.give(i.defs[0], d);
};

const out: Record<string, Writer> = {
  "const.i32": constant,
  "const.i64": constant,
  "const.ptr": constant,
  frame: constant,
  fnptr: constant,
  "mov.i32": copy(4),
  "mov.i64": copy(8),
  "mov.ptr": copy(4),
  "widen.i32": widen,
  "widen.u32": copy(4),
  "narrow.i64": copy(4),
  "ptr.i64": copy(4),
  "i64.ptr": copy(4),
  "addi.i32": addImmediate(4),
  "addi.i64": addImmediate(8),
  "eq.ptr": compareInto(cc.e, 4),
  "ltu.ptr": compareInto(cc.b, 4),
  padd: address(() => 1),
  pindex: address((i) => i.imm[0]),
  paddi: addressPlus,
  "mulhi.u64": (e, i) => {
    wideProduct(e, i, 8);
    e.give(i.defs[0], rdx);
  },
  "ext.i8": extend(true, 8),
  "ext.u8": extend(false, 8),
  "ext.i16": extend(true, 16),
  "ext.u16": extend(false, 16),
  "select.ptr": select(4),
};
for (const [bits, w] of [
  ["32", 4],
  ["64", 8],
] as const) {
  const [s, u] = [`i${bits}`, `u${bits}`];
  for (const word of ["add", "sub"] as const) {
    out[`${word}.${s}`] = trapping(alu[word], w, true);
    out[`${word}.${u}`] = trapping(alu[word], w, false);
    out[`w${word}.${s}`] = plain(alu[word], w, word === "add");
    out[`sat${word}.${s}`] = satSigned(alu[word], w);
    out[`sat${word}.${u}`] = satUnsigned(alu[word], w);
  }
  out[`mul.${s}`] = multiply(w, true, true);
  out[`mul.${u}`] = multiply(w, false, true);
  out[`wmul.${s}`] = multiply(w, true, false);
  for (const word of ["and", "or", "xor"] as const) out[`${word}.${s}`] = plain(alu[word], w, true);
  out[`div.${s}`] = divide(w, true, false);
  out[`div.${u}`] = divide(w, false, false);
  out[`rem.${s}`] = divide(w, true, true);
  out[`rem.${u}`] = divide(w, false, true);
  out[`shl.${s}`] = shiftBy(shift.shl, w);
  out[`shr.${s}`] = shiftBy(shift.sar, w);
  out[`shr.${u}`] = shiftBy(shift.shr, w);
  out[`rotl.${s}`] = shiftBy(shift.rol, w);
  out[`clz.${s}`] = zeros(true, w);
  out[`ctz.${s}`] = zeros(false, w);
  out[`popcnt.${s}`] = ones(w);
  out[`select.${s}`] = select(w);
  for (const word of ["eq", "ne", "lts", "ltu", "les", "leu"])
    out[`${word}.${s}`] = compareInto(conditionOf[word], w);
}
for (const [name, low, high] of [
  ["i8", -128, 127],
  ["u8", 0, 255],
  ["i16", -32768, 32767],
  ["u16", 0, 65535],
] as const) {
  out[`fit.${name}`] = small(low, high, true);
  out[`clamp.${name}`] = small(low, high, false);
}

/** Writers by the name of the operation. */
export const integerWriters: Readonly<Record<string, Writer>> = out;
