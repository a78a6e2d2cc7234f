/**
 * Conditions as control flow: comparison and branch in one instruction wherever there is one.
 */
import { isThinOpt, plain, STRING, type Type } from "../check/type.ts";
import type { Binary, Expr } from "../parse/ast.ts";
import { operands } from "./arith.ts";
import { Label } from "./builder.ts";
import type { Fn, Val } from "./context.ts";
import { dynCompare, isDyn } from "./dyn.ts";
import { constInt, expr } from "./expr.ts";
import { leavesOf } from "./shape.ts";
import { addressOf, callRt, inRegs, jumpIfNull, load, someOf } from "./value.ts";
import { tagOf } from "./match.ts";

/** Jumps to `target` when `e` is `when`; falls through otherwise. */
export function branch(f: Fn, e: Expr, when: boolean, target: Label): void {
  if (e.kind === "Bool") {
    if (e.value === when) f.b.jump("jmp", target);
    return;
  }
  if (e.kind === "Unary" && e.op === "!" && e.ty?.kind === "bool") {
    branch(f, e.e, !when, target);
    return;
  }
  if (e.kind === "Binary" && (e.op === "&&" || e.op === "||")) {
    if ((e.op === "&&") === when) {
      const skip = new Label();
      branch(f, e.left, !when, skip);
      f.scope(() => branchScoped(f, e.right, when, target));
      f.b.place(skip);
    } else {
      branch(f, e.left, when, target);
      f.scope(() => branchScoped(f, e.right, when, target));
    }
    return;
  }
  if (e.kind === "Binary" && fuse(f, e, when, target)) return;
  const r = load(f, expr(f, e))[0];
  f.at(e);
  f.b.jump(when ? "jt" : "jf", target, r);
}

/** A side of `&&` or `||`: temporaries that it makes are dropped on both ways out. */
function branchScoped(f: Fn, e: Expr, when: boolean, target: Label): void {
  const before = f.scopes[f.scopes.length - 1].length;
  if (!makesTemps(e)) {
    branch(f, e, when, target);
    return;
  }
  const r = load(f, expr(f, e))[0];
  f.runCleanups(f.scopes[f.scopes.length - 1].slice(before), false, undefined);
  f.scopes[f.scopes.length - 1].length = before;
  f.b.jump(when ? "jt" : "jf", target, r);
}

function makesTemps(e: Expr): boolean {
  switch (e.kind) {
    case "Int":
    case "Float":
    case "Str":
    case "Bool":
    case "Null":
    case "Name":
      return false;
    case "Member":
      return e.obj.ty?.kind === "dyn" || makesTemps(e.obj);
    case "Index":
      return e.obj.ty?.kind === "dyn" || makesTemps(e.obj) || makesTemps(e.index);
    case "Unary":
    case "Cast":
    case "Unwrap":
      return e.ty?.kind === "dyn" || makesTemps(e.e);
    case "Binary":
      return (
        e.left.ty?.kind === "string" ||
        e.left.ty?.kind === "dyn" ||
        makesTemps(e.left) ||
        makesTemps(e.right)
      );
    default:
      return true;
  }
}

const swap: Record<string, string> = { "<": ">", ">": "<", "<=": ">=", ">=": "<=" };
const negate: Record<string, string> = {
  "==": "!=",
  "!=": "==",
  "<": ">=",
  ">=": "<",
  ">": "<=",
  "<=": ">",
};

/** A comparison of numbers or addresses as one branch. */
function fuse(f: Fn, e: Binary, when: boolean, target: Label): boolean {
  if (negate[e.op] === undefined) return false;
  const t = plain(e.left.ty as Type);
  const scalar = t.kind === "int" || t.kind === "enum" || t.kind === "bool";
  if (isNull(e.right) || isNull(e.left)) {
    if (t.kind !== "opt" && t.kind !== "ptr") return false;
    const side = isNull(e.right) ? e.left : e.right;
    const v = expr(f, side);
    const wantNull = (e.op === "==") === when;
    if (t.kind === "ptr" || isThinOpt(t)) {
      f.b.jump(wantNull ? "jnull" : "jnonnull", target, load(f, v)[0]);
    } else if (wantNull) jumpIfNull(f, v, target);
    else {
      const skip = new Label();
      jumpIfNull(f, v, skip);
      f.b.jump("jmp", target);
      f.b.place(skip);
    }
    return true;
  }
  if (!scalar) return false;
  const cls = leavesOf(t)?.[0].cls === "l" ? "i64" : "i32";
  const signed =
    t.kind === "int"
      ? t.signed || t.bits < 32
      : t.kind === "enum"
        ? (t.backing?.signed ?? true)
        : true;
  const op = when ? e.op : negate[e.op];
  if (e.right.kind === "Int" && e.right.value >= -2147483648n && e.right.value <= 2147483646n) {
    let n = Number(e.right.value);
    const names: Record<string, string> = {
      "==": "eq",
      "!=": "ne",
      "<": "lts",
      ">=": "ges",
      "<=": "lts",
      ">": "ges",
    };
    if (op === "==" || op === "!=" || signed) {
      if (op === "<=" || op === ">") n += 1;
      const a = load(f, expr(f, e.left))[0];
      f.at(e);
      f.b.jump(`j${names[op]}i.${cls}`, target, a, n);
      return true;
    }
  }
  let [[a], [b]] = operands(f, e.left, e.right);
  let name = op;
  if (op === ">" || op === ">=") {
    [a, b] = [b, a];
    name = swap[op];
  }
  f.at(e);
  const s = signed ? "s" : "u";
  const names: Record<string, string> = { "==": "eq", "!=": "ne", "<": `lt${s}`, "<=": `le${s}` };
  f.b.jump(`j${names[name]}.${cls}`, target, a, b);
  return true;
}

function isNull(e: Expr): boolean {
  return (
    e.kind === "Null" ||
    (e.kind === "Conv" && (e.how === "same" || e.how === "some") && isNull(e.e))
  );
}

/** A condition as a 0 or 1 in a register. */
export function condValue(f: Fn, e: Expr, want: readonly number[] | undefined): Val {
  const ty = e.ty as Type;
  if (e.kind === "Is") return inRegs(ty, [lowerIs(f, e)]);
  if (e.kind === "Binary" && e.op !== "&&" && e.op !== "||") {
    const direct = compareValue(f, e, want);
    if (direct !== undefined) return inRegs(ty, [direct]);
  }
  const d = f.b.reg("i");
  const end = new Label();
  f.b.emit("const.i32", d, 0);
  branch(f, e, false, end);
  f.b.emit("const.i32", d, 1);
  f.b.place(end);
  return inRegs(ty, [d]);
}

function lowerIs(f: Fn, e: Expr & { kind: "Is" }): number {
  if (e.variant !== undefined) {
    const tag = tagOf(f, expr(f, e.e));
    const d = f.b.reg("i");
    f.b.emit("eq.i32", d, tag, constInt(f, "i", BigInt(e.variant)));
    return d;
  }
  return isDyn(f, load(f, expr(f, e.e)), e.want as Type);
}

/** A comparison without a branch, in `d`. */
function compareValue(f: Fn, e: Binary, want: readonly number[] | undefined): number | undefined {
  const t = plain(e.left.ty as Type);
  if (isNull(e.left) || isNull(e.right)) return undefined;
  if (t.kind === "dyn") return dynCompare(f, e);
  const [ra, rb] = t.kind === "opt" ? [[], []] : operands(f, e.left, e.right);
  const flip = (r: number): number => {
    const d = want?.[0] ?? f.b.reg("i");
    f.b.emit("xor.i32", d, r, constInt(f, "i", 1n));
    return d;
  };
  f.at(e);
  if (t.kind === "opt") {
    const a = expr(f, e.left);
    const b = expr(f, e.right);
    const same = optEqual(f, a, b);
    return e.op === "==" ? same : flip(same);
  }
  if (t === STRING || t.kind === "slice") {
    const ordered = e.op !== "==" && e.op !== "!=";
    if (!ordered) {
      const size = t === STRING ? 1 : (t.elem?.bits ?? 8) / 8;
      const args = [ra[0], ra[1], rb[0], rb[1]];
      const same =
        size === 1
          ? callRt(f, "bytes_equal", args)[0]
          : callRt(f, "items_equal", [...args, constInt(f, "l", BigInt(size))])[0];
      return e.op === "==" ? same : flip(same);
    }
    const c = callRt(f, "bytes_compare", [ra[0], ra[1], rb[0], rb[1]])[0];
    const zero = constInt(f, "i", 0n);
    const d = want?.[0] ?? f.b.reg("i");
    if (e.op === "<") f.b.emit("lts.i32", d, c, zero);
    else if (e.op === "<=") f.b.emit("les.i32", d, c, zero);
    else if (e.op === ">") f.b.emit("lts.i32", d, zero, c);
    else f.b.emit("les.i32", d, zero, c);
    return d;
  }
  let [a, b] = [ra[0], rb[0]];
  let op = e.op;
  if (op === ">" || op === ">=") {
    [a, b] = [b, a];
    op = swap[op];
  }
  const d = want?.[0] ?? f.b.reg("i");
  const cls = f.b.regs[a];
  if (cls === "p") {
    f.b.emit("eq.ptr", d, a, b);
    return op === "==" ? d : flip(d);
  }
  if (cls === "f" || cls === "d") {
    const names: Record<string, string> = { "==": "eq", "!=": "ne", "<": "lt", "<=": "le" };
    f.b.emit(`${names[op]}.${cls === "f" ? "f32" : "f64"}`, d, a, b);
    return d;
  }
  const signed =
    t.kind === "int"
      ? t.signed || t.bits < 32
      : t.kind === "enum"
        ? (t.backing?.signed ?? true)
        : true;
  const s = signed ? "s" : "u";
  const names: Record<string, string> = { "==": "eq", "!=": "ne", "<": `lt${s}`, "<=": `le${s}` };
  f.b.emit(`${names[op]}.${cls === "l" ? "i64" : "i32"}`, d, a, b);
  return d;
}

/** Equality of two optionals of simple values. */
function optEqual(f: Fn, a: Val, b: Val): number {
  const d = f.b.reg("i");
  if (isThinOpt(a.ty)) {
    f.b.emit("eq.ptr", d, load(f, a)[0], load(f, b)[0]);
    return d;
  }
  const ra = load(f, a);
  const rb = load(f, b);
  const end = new Label();
  f.b.emit("eq.i32", d, ra[0], rb[0]);
  f.b.jump("jf", end, d);
  f.b.jump("jf", end, ra[0]);
  const cls = f.b.regs[ra[1]];
  const name =
    cls === "l"
      ? "eq.i64"
      : cls === "i"
        ? "eq.i32"
        : cls === "p"
          ? "eq.ptr"
          : cls === "f"
            ? "eq.f32"
            : "eq.f64";
  f.b.emit(name, d, ra[1], rb[1]);
  f.b.place(end);
  return d;
}

export { addressOf, someOf };
