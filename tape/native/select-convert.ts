/**
 * Conversions between integers and floats. A float of 32 bits is widened first, which is exact, so that each check exists once.
 */
import { Label } from "../x86-64/encode.ts";
import { rax, rcx } from "../x86-64/registers.ts";
import { alu, aluRm, cc, f32op, f64op, jcc, shift, shiftMi, x } from "../x86-64/rows.ts";
import { type Emitter, XMM14, XMM15 } from "./emit.ts";
import type { Writer } from "./select-integer.ts";

/** The float operand as f64 in xmm14. */
function wide(e: Emitter, u: number, is64: boolean): void {
  if (is64) e.floatTo(XMM14, u, true);
  else {
    e.floatTo(XMM14, u, false);
    e.a.rr(x.cvtss2sd, 0, XMM14, XMM14);
  }
}

/** Loads an f64 given by its bits. */
function load(e: Emitter, reg: number, lo: number, hi: number): void {
  if (lo === 0 && hi === 0) e.a.rr(x.xorps, 0, reg, reg);
  else e.a.rip(x.movsd, 0, reg, e.poolLabel(lo, hi));
}
/** Bits of 2^63, -2^63, 2^64. */
const TWO63 = 0x43e00000;
const MINUS63 = 0xc3e00000 | 0;
const TWO64 = 0x43f00000;

const fromSigned =
  (is64: boolean, w: number): Writer =>
  (e, i) => {
    const d = e.result(i.defs[0], XMM14);
    // The register's old upper half must not delay the conversion.
    e.a.rr(x.xorps, 0, d, d);
    e.a.rr(is64 ? x.cvtsi2sd : x.cvtsi2ss, w, d, e.reg(i.uses[0], rax, w));
    e.giveFloat(i.defs[0], d, is64);
  };

const fromUnsigned32 =
  (is64: boolean): Writer =>
  (e, i) => {
    const d = e.result(i.defs[0], XMM14);
    e.a.rr(x.xorps, 0, d, d);
    e.a.rr(is64 ? x.cvtsi2sd : x.cvtsi2ss, 8, d, e.reg(i.uses[0], rax, 4));
    e.giveFloat(i.defs[0], d, is64);
  };

const fromUnsigned64 =
  (is64: boolean): Writer =>
  (e, i) => {
    const { a: asm } = e;
    const row = is64 ? x.cvtsi2sd : x.cvtsi2ss;
    const [big, done] = [new Label(), new Label()];
    e.to(rax, i.uses[0], 8);
    asm.rr(x.test, 8, rax, rax);
    asm.j(jcc[cc.s], big);
    asm.rr(row, 8, XMM14, rax);
    asm.j(x.jmp, done);
    asm.place(big);
    // Half of it, the lost bit kept as a sticky one, twice.
    asm.rr(x.mov, 8, rcx, rax);
    asm.rr(shiftMi[shift.shr], 8, 0, rax);
    asm.imm8(1);
    e.aluImm(alu.and, 4, rcx, 1);
    asm.rr(aluRm[alu.or], 8, rax, rcx);
    asm.rr(row, 8, XMM14, rax);
    asm.rr((is64 ? f64op : f32op).add, 0, XMM14, XMM14);
    asm.place(done);
    e.giveFloat(i.defs[0], XMM14, is64);
  };

const to32 =
  (is64: boolean, signed: boolean): Writer =>
  (e, i) => {
    const { a: asm } = e;
    wide(e, i.uses[0], is64);
    asm.rr(x.cvttsd2si, 8, rax, XMM14);
    if (signed) asm.rr(x.movsxd, 8, rcx, rax);
    else asm.rr(x.mov, 4, rcx, rax);
    asm.rr(aluRm[alu.cmp], 8, rax, rcx);
    e.trapIf(cc.ne, "number out of range");
    const d = e.result(i.defs[0], rax);
    asm.rr(x.mov, 4, d, rax);
    e.give(i.defs[0], d);
  };

const toSigned64 =
  (is64: boolean): Writer =>
  (e, i) => {
    const { a: asm } = e;
    wide(e, i.uses[0], is64);
    const done = new Label();
    asm.rr(x.cvttsd2si, 8, rax, XMM14);
    e.aluImm(alu.cmp, 8, rax, 1);
    asm.j(jcc[cc.no], done);
    // The smallest value stands for errors too: fine only for -2^63 itself.
    load(e, XMM15, 0, MINUS63);
    asm.rr(x.ucomisd, 0, XMM14, XMM15);
    e.trapIf(cc.p, "number out of range");
    e.trapIf(cc.ne, "number out of range");
    asm.place(done);
    e.give(i.defs[0], rax);
  };

/** rax = xmm14 for 2^63 and more below 2^64; for less, the plain conversion. Leaves 2^63 and more at `big`. */
function unsigned64(e: Emitter, small: () => void): void {
  const { a: asm } = e;
  const [big, done] = [new Label(), new Label()];
  load(e, XMM15, 0, TWO63);
  asm.rr(x.ucomisd, 0, XMM14, XMM15);
  asm.j(jcc[cc.ae], big);
  asm.rr(x.cvttsd2si, 8, rax, XMM14);
  small();
  asm.j(x.jmp, done);
  asm.place(big);
  asm.rr(f64op.sub, 0, XMM14, XMM15);
  asm.rr(x.cvttsd2si, 8, rax, XMM14);
  asm.rr(x.btc, 8, 0, rax);
  asm.imm8(63);
  asm.place(done);
}

const toUnsigned64 =
  (is64: boolean): Writer =>
  (e, i) => {
    const { a: asm } = e;
    wide(e, i.uses[0], is64);
    load(e, XMM15, 0, TWO64);
    asm.rr(x.ucomisd, 0, XMM14, XMM15);
    e.trapIf(cc.ae, "number out of range");
    // NaN and what is below -1 come out negative.
    unsigned64(e, () => {
      asm.rr(x.test, 8, rax, rax);
      e.trapIf(cc.s, "number out of range");
    });
    e.give(i.defs[0], rax);
  };

/** Clamped to the range of the integer; NaN gives 0. */
function saturating(is64: boolean, signed: boolean, w: number): Writer {
  return (e, i) => {
    const { a: asm } = e;
    const [done, high, low] = [new Label(), new Label(), new Label()];
    wide(e, i.uses[0], is64);
    const bits = w * 8 - (signed ? 1 : 0);
    // The first float that is too large: 2^bits.
    load(e, XMM15, 0, (1023 + bits) << 20);
    asm.rr(x.ucomisd, 0, XMM14, XMM15);
    asm.j(jcc[cc.p], low);
    asm.j(jcc[cc.ae], high);
    if (signed && w === 8) asm.rr(x.cvttsd2si, 8, rax, XMM14);
    else if (signed) {
      // Below the range of i64 the conversion gives its smallest value, which is clamped like the rest.
      asm.rr(x.cvttsd2si, 8, rax, XMM14);
      e.movImm(rcx, -0x80000000, -1);
      asm.rr(aluRm[alu.cmp], 8, rax, rcx);
      const fine = new Label();
      asm.j(jcc[cc.ge], fine);
      asm.rr(x.mov, 8, rax, rcx);
      asm.place(fine);
      asm.rr(x.mov, 4, rax, rax);
    } else {
      load(e, XMM15, 0, 0);
      asm.rr(x.ucomisd, 0, XMM14, XMM15);
      asm.j(jcc[cc.be], low);
      if (w === 4) {
        asm.rr(x.cvttsd2si, 8, rax, XMM14);
        asm.rr(x.mov, 4, rax, rax);
      } else unsigned64(e, () => undefined);
    }
    asm.j(x.jmp, done);
    asm.place(low);
    asm.rr(aluRm[alu.xor], 4, rax, rax);
    asm.j(x.jmp, done);
    asm.place(high);
    if (w === 8) e.movImm(rax, -1, signed ? 0x7fffffff : -1);
    else e.movImm(rax, signed ? 0x7fffffff : -1, 0);
    asm.place(done);
    e.give(i.defs[0], rax);
  };
}

/** The bits, a NaN as the canonical one. */
const bitsOf =
  (is64: boolean): Writer =>
  (e, i) => {
    const { a: asm } = e;
    const done = new Label();
    e.floatTo(XMM14, i.uses[0], is64);
    asm.rr(x.movFromX, is64 ? 8 : 4, XMM14, rax);
    asm.rr(is64 ? x.ucomisd : x.ucomiss, 0, XMM14, XMM14);
    asm.j(jcc[cc.np], done);
    if (is64) e.movImm(rax, 0, 0x7ff80000);
    else e.movImm(rax, 0x7fc00000, 0);
    asm.place(done);
    e.give(i.defs[0], rax);
  };

const fromBits =
  (is64: boolean): Writer =>
  (e, i) => {
    const d = e.result(i.defs[0], XMM14);
    e.a.rr(x.movToX, is64 ? 8 : 4, d, e.reg(i.uses[0], rax, is64 ? 8 : 4));
    e.giveFloat(i.defs[0], d, is64);
  };

const out: Record<string, Writer> = {
  "f32.f64": (e, i) => {
    const d = e.result(i.defs[0], XMM14);
    e.a.rr(x.cvtsd2ss, 0, d, e.float(i.uses[0], XMM14, true));
    e.giveFloat(i.defs[0], d, false);
  },
  "f64.f32": (e, i) => {
    const d = e.result(i.defs[0], XMM14);
    e.a.rr(x.cvtss2sd, 0, d, e.float(i.uses[0], XMM14, false));
    e.giveFloat(i.defs[0], d, true);
  },
};
for (const is64 of [false, true]) {
  const t = is64 ? "f64" : "f32";
  out[`${t}.i32`] = fromSigned(is64, 4);
  out[`${t}.i64`] = fromSigned(is64, 8);
  out[`${t}.u32`] = fromUnsigned32(is64);
  out[`${t}.u64`] = fromUnsigned64(is64);
  out[`i32.${t}`] = to32(is64, true);
  out[`u32.${t}`] = to32(is64, false);
  out[`i64.${t}`] = toSigned64(is64);
  out[`u64.${t}`] = toUnsigned64(is64);
  out[`sati32.${t}`] = saturating(is64, true, 4);
  out[`satu32.${t}`] = saturating(is64, false, 4);
  out[`sati64.${t}`] = saturating(is64, true, 8);
  out[`satu64.${t}`] = saturating(is64, false, 8);
  out[`bits.${t}`] = bitsOf(is64);
  out[`from.${t}`] = fromBits(is64);
}

/** Writers by the name of the operation. */
export const convertWriters: Readonly<Record<string, Writer>> = out;
