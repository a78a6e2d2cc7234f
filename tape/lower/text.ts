/**
 * Text of values: `"a {x} b"` evaluates its parts, then appends them to the run-time text buffer.
 */
import { arrayOf, BOOL, I64, isManaged, isThinOpt, STRING, type Type } from "../check/type.ts";
import type { Interp } from "../parse/ast.ts";
import { Label } from "./builder.ts";
import type { Fn, Val } from "./context.ts";
import { constInt, expr } from "./expr.ts";
import { mayChange } from "./arith.ts";
import { callRt, copy, inRegs, jumpIfNull, load, ownedRegs, someOf } from "./value.ts";

export function lowerInterp(f: Fn, e: Interp): Val {
  const parts: (Val | string)[] = [];
  e.parts.forEach((p, i) => {
    if (typeof p === "string") {
      if (p !== "") parts.push(p);
      return;
    }
    let v = expr(f, p);
    const later = e.parts.slice(i + 1).some((q) => typeof q !== "string" && mayChange(q));
    if (later && v.owned === undefined) {
      if (isManaged(v.ty) && p.kind !== "Str") {
        const own = copy(f, v);
        v = own.regs === undefined ? own : ownedRegs(f, v.ty, own.regs);
      } else
        v = inRegs(
          v.ty,
          load(f, v).map((r) => (f.isVar(r) ? f.copyReg(r) : r)),
        );
    }
    parts.push(v);
  });
  f.at(e);
  for (const p of parts) {
    if (typeof p === "string") {
      const at = f.b.reg("p");
      f.b.emit("const.ptr", at, f.p.data.text(p));
      callRt(f, "text_bytes", [at, constInt(f, "l", BigInt(p.length))]);
    } else append(f, p);
  }
  return ownedRegs(f, STRING, callRt(f, "text_take", []));
}

/** Appends a value's text to the buffer. */
export function append(f: Fn, v: Val): void {
  const t = v.ty;
  switch (t.kind) {
    case "int": {
      const r = load(f, v)[0];
      let wide = r;
      if (t.bits < 64) {
        wide = f.b.reg("l");
        f.b.emit(t.signed ? "widen.i32" : "widen.u32", wide, r);
      }
      callRt(f, t.signed || t.bits < 64 ? "text_i64" : "text_u64", [wide]);
      return;
    }
    case "float":
      callRt(f, t.bits === 32 ? "text_f32" : "text_f64", load(f, v));
      return;
    case "string":
    case "slice":
      callRt(f, "text_bytes", load(f, v).slice(0, 2));
      return;
    case "dyn":
      callRt(f, "text_dyn", load(f, v));
      return;
    case "enum":
      callRt(f, "text_bytes", enumText(f, t, load(f, v)[0], "name"));
      return;
    case "opt": {
      const isNull = new Label();
      const end = new Label();
      jumpIfNull(f, v, isNull);
      append(f, someOf(v));
      f.b.jump("jmp", end);
      f.b.place(isNull);
      appendWord(f, "null");
      f.b.place(end);
      return;
    }
    default:
      if (t === BOOL) callRt(f, "text_bool", load(f, v));
      else appendWord(f, isThinOpt(t) ? "pointer" : "null");
  }
}

function appendWord(f: Fn, word: string): void {
  const at = f.b.reg("p");
  f.b.emit("const.ptr", at, f.p.data.text(word));
  callRt(f, "text_bytes", [at, constInt(f, "l", BigInt(word.length))]);
}

/** Address and count of a table of (value, address of text, length) for an enum. */
export function enumTable(f: Fn, t: Type, what: "name" | "desc"): number[] {
  const members = t.members ?? [];
  const table = f.p.data.constant(arrayOf(I64, members.length * 3), {
    list: members.flatMap((m) => {
      const text = what === "name" ? m.name : (m.desc ?? m.name);
      return [m.value, BigInt(f.p.data.text(text)), BigInt(text.length)];
    }),
  });
  const at = f.b.reg("p");
  f.b.emit("const.ptr", at, table);
  return [at, constInt(f, "l", BigInt(members.length))];
}

/** Name or description of an enum's value as address and length. */
export function enumText(f: Fn, t: Type, value: number, what: "name" | "desc"): number[] {
  const table = enumTable(f, t, what);
  let wide = value;
  if (f.b.regs[value] === "i") {
    wide = f.b.reg("l");
    f.b.emit(t.backing?.signed === false ? "widen.u32" : "widen.i32", wide, value);
  }
  return callRt(f, "enum_text", [...table, wide]);
}
