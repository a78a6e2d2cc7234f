/**
 * Methods with `*self` that only read: they may be called on immutable variables.
 *
 * Found from syntax alone and on the safe side: `self` may appear only as the start of a field that is read, or as
 * the receiver of another reading method. Assigning, `&`, slicing, and handing `self` on count as writing.
 */
import type { Block, Expr, Stmt } from "../parse/ast.ts";
import type { FnSym } from "./symbol.ts";
import { complete } from "./resolve.ts";
import type { Checker } from "./checker.ts";

const known = new WeakMap<FnSym, boolean>();

/** Whether a method leaves what `self` points to alone. */
export function isReading(c: Checker, fn: FnSym): boolean {
  const found = known.get(fn);
  if (found !== undefined) return found;
  const body = fn.decl?.body;
  const self = fn.decl?.params[0]?.self;
  if (self !== "pointer" || body === undefined) return self === "copy";
  // A round of calls is reading unless something in it writes.
  known.set(fn, true);
  const result = new Reader(c, fn).block(body);
  known.set(fn, result);
  return result;
}

class Reader {
  readonly c: Checker;
  readonly fn: FnSym;

  constructor(c: Checker, fn: FnSym) {
    this.c = c;
    this.fn = fn;
  }

  block(b: Block): boolean {
    return b.body.every((s) => this.stmt(s)) && (b.value === undefined || this.expr(b.value));
  }

  stmt(s: Stmt): boolean {
    switch (s.kind) {
      case "Block":
        return this.block(s);
      case "Bind":
        return s.init === undefined || this.expr(s.init);
      case "Assign":
        return !fromSelf(s.place) && this.expr(s.place) && this.expr(s.value);
      case "ExprStmt":
        return this.expr(s.e);
      case "If":
        return (
          this.expr(s.cond) && this.block(s.then) && (s.other === undefined || this.stmt(s.other))
        );
      case "While":
        return this.expr(s.cond) && this.block(s.body);
      case "For":
        return this.over(s.over) && (s.to === undefined || this.expr(s.to)) && this.block(s.body);
      case "ForC":
        return this.stmt(s.init) && this.expr(s.cond) && this.stmt(s.step) && this.block(s.body);
      case "Match":
        return this.expr(s.e) && s.arms.every((a) => this.block(a.body));
      case "Return":
        return s.value === undefined || this.expr(s.value);
      case "Defer":
        return this.stmt(s.body);
      case "Jump":
        return true;
      default:
        return false;
    }
  }

  /** Looping over a field is reading unless the field is an iterator. */
  over(e: Expr): boolean {
    if (
      e.kind === "Member" &&
      e.obj.kind === "Name" &&
      e.obj.name === "self" &&
      this.fn.owner !== undefined
    ) {
      complete(this.c, this.fn.owner);
      const field = this.fn.owner.fields?.find((f) => f.name === e.name);
      return field !== undefined && field.ty.kind !== "struct";
    }
    return !fromSelf(e) && this.expr(e);
  }

  expr(e: Expr): boolean {
    switch (e.kind) {
      case "Name":
        return e.name !== "self";
      case "Member":
        return (e.obj.kind === "Name" && e.obj.name === "self") || this.expr(e.obj);
      case "Index":
        return this.expr(e.obj) && this.expr(e.index);
      case "Slice":
        return (
          !fromSelf(e.obj) &&
          this.expr(e.obj) &&
          (e.lo === undefined || this.expr(e.lo)) &&
          (e.hi === undefined || this.expr(e.hi))
        );
      case "Unary":
        return e.op === "&" ? !fromSelf(e.e) && this.expr(e.e) : this.expr(e.e);
      case "Call":
        return this.call(e);
      case "Binary":
        return this.expr(e.left) && this.expr(e.right);
      case "Cast":
      case "Is":
      case "Unwrap":
      case "Conv":
        return this.expr(e.e);
      case "Or":
        return (
          this.expr(e.e) &&
          (e.value === undefined || this.expr(e.value)) &&
          (e.block === undefined || this.block(e.block))
        );
      case "Interp":
        return e.parts.every((p) => typeof p === "string" || this.expr(p));
      case "StructLit":
        return e.fields.every((f) => this.expr(f.value));
      case "ArrayLit":
        return e.items.every((x) => this.expr(x));
      case "ArrayRep":
        return this.expr(e.item) && this.expr(e.count);
      case "Builtin":
        return e.args.every((x) => this.expr(x));
      case "Closure":
        return false;
      default:
        return true;
    }
  }

  call(e: Expr & { kind: "Call" }): boolean {
    if (!e.args.every((a) => this.expr(a.value))) return false;
    if (e.target?.how === "fn" && e.target.self !== undefined && e.fn.kind !== "Member")
      return false;
    if (e.fn.kind !== "Member") return this.expr(e.fn);
    const obj = e.fn.obj;
    if (obj.kind === "Name" && obj.name === "self") {
      const method = this.fn.owner?.methods.get(e.fn.name);
      return (
        method !== undefined &&
        (method.decl?.params[0]?.self !== "pointer" || isReading(this.c, method))
      );
    }
    return !fromSelf(obj) && this.expr(obj);
  }
}

/** Whether a place or value starts at `self`. */
function fromSelf(e: Expr): boolean {
  switch (e.kind) {
    case "Name":
      return e.name === "self";
    case "Member":
    case "Index":
      return fromSelf(e.obj);
    case "Unwrap":
      return fromSelf(e.e);
    case "Unary":
      return e.op === "*" && fromSelf(e.e);
    default:
      return false;
  }
}
