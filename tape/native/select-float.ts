/**
 * Float operations as machine code, with the semantics of WebAssembly: NaN wins in `min` and `max`, -0 is below 0, rounding to
 * nearest even.
 */
import { Label } from "../x86-64/encode.ts";
import { rax, rcx } from "../x86-64/registers.ts";
import {
  alu,
  aluRm,
  cc,
  cmov,
  f32op,
  f64op,
  jcc,
  setcc,
  shift,
  shiftMi,
  x,
} from "../x86-64/rows.ts";
import { type Emitter, XMM14, XMM15 } from "./emit.ts";
import type { Writer } from "./select-integer.ts";

/** The low half of a 128-bit mask of sign bits, or of all but them. */
function mask(e: Emitter, reg: number, is64: boolean, sign: boolean): void {
  const hi = sign ? -0x80000000 : 0x7fffffff;
  const label = is64 ? e.poolLabel(sign ? 0 : -1, hi) : e.poolLabel(hi, 0);
  e.a.rip(is64 ? x.movsd : x.movss, 0, reg, label);
}

function arithmetic(word: string, is64: boolean): Writer {
  const row = (is64 ? f64op : f32op)[word];
  const commutes = word === "add" || word === "mul";
  return (e, i) => {
    let [a, b] = i.uses;
    const d = e.result(i.defs[0], XMM14);
    if (commutes && e.inRegister(b) === d) [a, b] = [b, a];
    const reg = e.inRegister(b) === d && e.inRegister(a) !== d ? XMM14 : d;
    e.floatTo(reg, a, is64);
    e.floatOp(row, reg, b, is64);
    e.giveFloat(i.defs[0], reg, is64);
  };
}

function sign(word: string, is64: boolean): Writer {
  return (e, i) => {
    e.floatTo(XMM14, i.uses[0], is64);
    mask(e, XMM15, is64, word === "neg");
    e.a.rr(word === "neg" ? x.xorps : x.andps, 0, XMM14, XMM15);
    e.giveFloat(i.defs[0], XMM14, is64);
  };
}

function copySign(is64: boolean): Writer {
  const w = is64 ? 8 : 4;
  return (e, i) => {
    const { a: asm } = e;
    // In general registers: the sign of b by a shift up and down again, a without its own.
    e.floatTo(XMM14, i.uses[1], is64);
    asm.rr(x.movFromX, w, XMM14, rcx);
    asm.rr(shiftMi[shift.shr], w, 0, rcx);
    asm.imm8(w * 8 - 1);
    asm.rr(shiftMi[shift.shl], w, 0, rcx);
    asm.imm8(w * 8 - 1);
    e.floatTo(XMM14, i.uses[0], is64);
    asm.rr(x.movFromX, w, XMM14, rax);
    asm.rr(shiftMi[shift.shl], w, 0, rax);
    asm.imm8(1);
    asm.rr(shiftMi[shift.shr], w, 0, rax);
    asm.imm8(1);
    asm.rr(aluRm[alu.or], w, rax, rcx);
    const d = e.result(i.defs[0], XMM14);
    asm.rr(x.movToX, w, d, rax);
    e.giveFloat(i.defs[0], d, is64);
  };
}

function square(is64: boolean): Writer {
  return (e, i) => {
    const d = e.result(i.defs[0], XMM14);
    e.floatTo(XMM14, i.uses[0], is64);
    e.a.rr((is64 ? f64op : f32op).sqrt, 0, d, XMM14);
    e.giveFloat(i.defs[0], d, is64);
  };
}

/** Rounding modes of the instruction; 8 hides inexactness. */
const modes: Readonly<Record<string, number>> = { nearest: 8, floor: 9, ceil: 10, trunc: 11 };
function rounding(word: string, is64: boolean): Writer {
  return (e, i) => {
    const d = e.result(i.defs[0], XMM14);
    e.floatTo(XMM14, i.uses[0], is64);
    e.a.rr(is64 ? x.roundsd : x.roundss, 0, d, XMM14);
    e.a.imm8(modes[word]);
    e.giveFloat(i.defs[0], d, is64);
  };
}

function extreme(word: string, is64: boolean): Writer {
  const f = is64 ? f64op : f32op;
  return (e, i) => {
    const { a: asm } = e;
    e.floatTo(XMM14, i.uses[0], is64);
    e.floatTo(XMM15, i.uses[1], is64);
    asm.rr(is64 ? x.ucomisd : x.ucomiss, 0, XMM14, XMM15);
    const [differ, done, nan] = [new Label(), new Label(), new Label()];
    asm.j(jcc[cc.p], nan);
    asm.j(jcc[cc.ne], differ);
    // Equal: only the signs of zeros may differ.
    asm.rr(word === "min" ? x.orps : x.andps, 0, XMM14, XMM15);
    asm.j(x.jmp, done);
    asm.place(nan);
    asm.rr(f.add, 0, XMM14, XMM15);
    asm.j(x.jmp, done);
    asm.place(differ);
    asm.rr(f[word], 0, XMM14, XMM15);
    asm.place(done);
    e.giveFloat(i.defs[0], XMM14, is64);
  };
}

/** Flags of a float comparison. For `lt` and `le` the operands change places, so that NaN gives false. */
export function compareFloats(
  e: Emitter,
  word: string,
  uses: readonly number[],
  is64: boolean,
): void {
  const [a, b] = word === "lt" || word === "le" ? [uses[1], uses[0]] : uses;
  const r = e.float(a, XMM14, is64);
  e.floatOp(is64 ? x.ucomisd : x.ucomiss, r, b, is64);
}

function compareInto(word: string, is64: boolean): Writer {
  return (e, i) => {
    const { a: asm } = e;
    compareFloats(e, word, i.uses, is64);
    if (word === "lt" || word === "le") asm.rr(setcc[word === "lt" ? cc.a : cc.ae], 0, 0, rax);
    else {
      const equal = word === "eq";
      asm.rr(setcc[equal ? cc.np : cc.p], 0, 0, rcx);
      asm.rr(setcc[equal ? cc.e : cc.ne], 0, 0, rax);
      asm.rr(aluRm[equal ? alu.and : alu.or], 4, rax, rcx);
    }
    const d = e.result(i.defs[0], rax);
    asm.rr(x.movzx8, 4, d, rax);
    e.give(i.defs[0], d);
  };
}

function select(is64: boolean): Writer {
  const w = is64 ? 8 : 4;
  return (e, i) => {
    const [c, a, b] = i.uses;
    const { a: asm } = e;
    e.floatTo(XMM14, a, is64);
    asm.rr(x.movFromX, w, XMM14, rcx);
    e.floatTo(XMM14, b, is64);
    asm.rr(x.movFromX, w, XMM14, rax);
    const r = e.reg(c, 2, 4);
    asm.rr(x.test, 4, r, r);
    asm.rr(cmov[cc.ne], w, rax, rcx);
    const d = e.result(i.defs[0], XMM14);
    asm.rr(x.movToX, w, d, rax);
    e.giveFloat(i.defs[0], d, is64);
  };
}

const copy =
  (is64: boolean): Writer =>
  (e, i) => {
    const d = e.result(i.defs[0], XMM14);
    e.floatTo(d, i.uses[0], is64);
    e.giveFloat(i.defs[0], d, is64);
  };

function constant(is64: boolean): Writer {
  return (e, i) => {
    const d = e.result(i.defs[0], XMM14);
    const [lo, hi] = [i.imm[0], is64 ? i.imm[1] : 0];
    if (lo === 0 && hi === 0) e.a.rr(x.xorps, 0, d, d);
    else e.a.rip(is64 ? x.movsd : x.movss, 0, d, e.poolLabel(lo, hi));
    e.giveFloat(i.defs[0], d, is64);
  };
}

const out: Record<string, Writer> = {};
for (const is64 of [false, true]) {
  const t = is64 ? "f64" : "f32";
  for (const word of ["add", "sub", "mul", "div"]) out[`${word}.${t}`] = arithmetic(word, is64);
  for (const word of ["neg", "abs"]) out[`${word}.${t}`] = sign(word, is64);
  for (const word of Object.keys(modes)) out[`${word}.${t}`] = rounding(word, is64);
  for (const word of ["min", "max"]) out[`${word}.${t}`] = extreme(word, is64);
  for (const word of ["eq", "ne", "lt", "le"]) out[`${word}.${t}`] = compareInto(word, is64);
  out[`sqrt.${t}`] = square(is64);
  out[`copysign.${t}`] = copySign(is64);
  out[`select.${t}`] = select(is64);
  out[`mov.${t}`] = copy(is64);
  out[`const.${t}`] = constant(is64);
}

/** Writers by the name of the operation. */
export const floatWriters: Readonly<Record<string, Writer>> = out;
