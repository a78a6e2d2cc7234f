/** `as`: conversions between numbers, enums, bools, addresses, and checked ones from dynamic values. */
import { asUint } from "../source/bits.ts";
import { plain, type Type } from "../check/type.ts";
import type { Cast } from "../parse/ast.ts";
import type { Fn, Val } from "./context.ts";
import { unbox } from "./dyn.ts";
import { constInt, expr } from "./expr.ts";
import { inRegs, load } from "./value.ts";

export function lowerCast(f: Fn, e: Cast, want: readonly number[] | undefined): Val {
  const ty = e.ty as Type;
  const from = plain(e.e.ty as Type);
  const to = plain(ty);
  if (e.e.kind === "Int" && to.kind === "int") {
    const v = to.signed ? BigInt.asIntN(to.bits, e.e.value) : asUint(to.bits, e.e.value);
    return inRegs(ty, [constInt(f, to.bits === 64 ? "l" : "i", v, want)]);
  }
  const v = expr(f, e.e);
  if (from.kind === "dyn" && to.kind !== "dyn") return unbox(f, v, ty);
  const regs = load(f, v);
  f.at(e);
  if (from === to || from.kind === "slice" || from.kind === "string") return { ...v, ty };
  const a = regs[0];
  const out = (name: string, cls: string, source = a): number => {
    const d = f.b.reg(cls);
    f.b.emit(name, d, source);
    return d;
  };
  if (to.kind === "ptr") return inRegs(ty, [f.b.regs[a] === "p" ? a : out("i64.ptr", "p")]);
  if (from.kind === "ptr" || from.kind === "fn") {
    const l = out("ptr.i64", "l");
    return inRegs(ty, [to.bits === 64 ? l : narrow(f, l, to)]);
  }
  const source = from.kind === "enum" ? (from.backing as Type) : from;
  if (to.kind === "int" && source.kind !== "float") {
    const wide = f.b.regs[a] === "l";
    if (to.bits === 64)
      return inRegs(ty, [wide ? a : out(source.signed ? "widen.i32" : "widen.u32", "l")]);
    if (wide) return inRegs(ty, [narrow(f, a, to)]);
    // Small integers are kept extended to 32 bits by their own sign.
    const same = to.bits === source.bits && to.signed === source.signed;
    const wider = to.bits > source.bits && (to.signed || !source.signed);
    const keeps = source.kind === "bool" || to.bits === 32 || same || wider;
    return inRegs(ty, [keeps ? a : out(`ext.${to.name}`, "i")]);
  }
  if (to.kind === "int") {
    const name = to.bits === 64 ? to.name : to.signed || to.bits < 32 ? "i32" : "u32";
    const r = out(`${name}.${source.name}`, to.bits === 64 ? "l" : "i");
    if (to.bits < 32) f.b.emit(`fit.${to.name}`, r, r);
    return inRegs(ty, [r]);
  }
  const cls = to.bits === 32 ? "f" : "d";
  if (source.kind === "float") return inRegs(ty, [out(`${to.name}.${source.name}`, cls)]);
  const name = source.bits === 64 ? source.name : source.signed || source.bits < 32 ? "i32" : "u32";
  return inRegs(ty, [out(`${to.name}.${name}`, cls)]);
}

function narrow(f: Fn, a: number, to: Type): number {
  const d = f.b.reg("i");
  f.b.emit("narrow.i64", d, a);
  if (to.bits < 32) f.b.emit(`ext.${to.name}`, d, d);
  return d;
}
