/**
 * Statements and function bodies.
 */
import type { Assign, Block, Bind, Expr, For, Stmt } from "../parse/ast.ts";
import { expandStatements } from "../comptime/expand.ts";
import type { Checker } from "./checker.ts";
import { evalConst } from "./constant.ts";
import { checkAs, coerce } from "./convert.ts";
import { bindType, signature } from "./declare.ts";
import { checkAny, checkCondition, checkExpr, deref } from "./expr.ts";
import { checkMatch } from "./match.ts";
import { narrow } from "./narrow.ts";
import { checkInit, checkReturn, checkStore } from "./region.ts";
import type { Steps } from "../source/steps.ts";
import { newVar, type VarSym } from "./symbol.ts";
import { DYN, ERROR, holdsRef, I64, plain, type Type, U8, VOID } from "./type.ts";

/** Checks the statements of a block; the caller checks its value. With `scoped` the block has its own scope. */
export function checkBlock(c: Checker, block: Block, scoped: boolean): void {
  if (scoped) c.push();
  let left = false;
  for (let i = 0; i < block.body.length; i++) left = checkNext(c, block.body[i], left);
  if (scoped && block.value === undefined) c.pop();
  else if (scoped) {
    block.value = checkExpr(c, block.value as Expr);
    c.pop();
  }
}

/** A function's statements, one at a time. */
export function* bodySteps(c: Checker, { body }: Block): Steps<void> {
  let left = false;
  for (let i = 0; i < body.length; i++) {
    left = checkNext(c, body[i], left);
    yield body[i].end - body[i].pos;
  }
}

/** A statement behind one that leaves, or not; whether this one leaves. */
function checkNext(c: Checker, s: Stmt, left: boolean): boolean {
  if (left) c.error("T0512", s, "this is never reached", "remove it, or what leaves before it");
  checkStmt(c, s);
  return leavesStmt(s);
}

/** Whether control never reaches the end of a block. */
export function leaves(block: Block): boolean {
  return block.body.some(leavesStmt);
}

function leavesStmt(s: Stmt): boolean {
  switch (s.kind) {
    case "Return":
    case "Jump":
      return true;
    case "Block":
      return leaves(s);
    case "If":
      return s.other !== undefined && leaves(s.then) && leavesStmt(s.other);
    case "Match":
      return s.arms.length > 0 && s.arms.every((a) => leaves(a.body));
    case "While":
      return s.cond.kind === "Bool" && s.cond.value && !breaks(s.body);
    case "ExprStmt":
      return s.e.ty?.kind === "never";
    default:
      return false;
  }
}

function breaks(s: Stmt): boolean {
  switch (s.kind) {
    case "Jump":
      return s.how === "break";
    case "Block":
      return s.body.some(breaks);
    case "If":
      return breaks(s.then) || (s.other !== undefined && breaks(s.other));
    case "Match":
      return s.arms.some((a) => breaks(a.body));
    case "ExprStmt":
    case "Bind":
    case "Assign":
    case "Return":
      return breaksInExpr(s.kind === "ExprStmt" ? s.e : s.kind === "Bind" ? s.init : s.value);
    default:
      return false;
  }
}

function breaksInExpr(e: Expr | undefined): boolean {
  return e?.kind === "Or" && e.block !== undefined && breaks(e.block);
}

function checkStmt(c: Checker, s: Stmt): void {
  switch (s.kind) {
    case "Block":
      checkBlock(c, s, true);
      return;
    case "Bind":
      checkBind(c, s);
      return;
    case "Assign":
      checkAssign(c, s);
      return;
    case "ExprStmt":
      s.e = checkExpr(c, s.e);
      checkEffect(c, s.e);
      return;
    case "If": {
      s.cond = checkCondition(c, s.cond);
      c.push();
      narrow(c, s.cond, true);
      checkBlock(c, s.then, false);
      c.pop();
      if (s.other !== undefined) {
        c.push();
        narrow(c, s.cond, false);
        checkStmt(c, s.other);
        c.pop();
        if (leavesStmt(s.other)) narrow(c, s.cond, true);
      }
      if (leaves(s.then)) narrow(c, s.cond, false);
      return;
    }
    case "While":
      s.cond = checkCondition(c, s.cond);
      loop(c, () => {
        narrow(c, s.cond, true);
        checkBlock(c, s.body, false);
      });
      return;
    case "For":
      checkFor(c, s);
      return;
    case "ForC":
      c.push();
      checkBind(c, s.init);
      s.cond = checkCondition(c, s.cond);
      loop(c, () => checkBlock(c, s.body, false));
      checkAssign(c, s.step);
      c.pop();
      return;
    case "Match":
      checkMatch(c, s);
      return;
    case "Return":
      checkReturnStmt(c, s);
      return;
    case "Jump":
      checkJump(c, s);
      return;
    case "Defer": {
      const f = c.context;
      if (f !== undefined) f.inDefer++;
      if (s.onError && f?.err === undefined)
        c.error(
          "T0513",
          s,
          "`errdefer` runs when a function returns an error, and this one returns none",
        );
      c.push();
      if (s.body.kind === "Bind")
        c.error("T0513", s.body, "`defer` takes a statement or a block, not a declaration");
      else checkStmt(c, s.body);
      c.pop();
      if (f !== undefined) f.inDefer--;
      return;
    }
    case "TapeBlock":
      s.out = expandStatements(c, s);
      for (const out of s.out) checkStmt(c, out);
      return;
    case "Emit":
      c.error("T0801", s, "`@emit` is allowed only in `@tape` code");
      return;
  }
}

function loop(c: Checker, body: () => void): void {
  c.push().loop = true;
  body();
  c.pop();
}

function checkEffect(c: Checker, e: Expr): void {
  const call =
    e.kind === "Call" ||
    e.kind === "Or" ||
    e.kind === "Builtin" ||
    (e.kind === "Unwrap" && e.e.kind === "Call");
  if (call || e.ty === ERROR || (e.kind === "Conv" && e.e.kind === "Call")) return;
  const help =
    e.kind === "Binary" && e.op === "=="
      ? "write `=` to assign"
      : e.kind === "Name" && e.sym?.kind === "fn"
        ? "write `()` to call it"
        : "assign it, or remove it";
  c.error("T0514", e, "this statement has no effect", help);
}

/** Checks a local declaration and declares it. */
function checkBind(c: Checker, s: Bind): void {
  const sym = newVar(s.name, ERROR, s.how, c.source, s.nameAt);
  sym.decl = s;
  s.sym = sym;
  bindType(c, sym);
  if (s.how === "const" && s.init !== undefined && sym.ty !== ERROR) {
    sym.value = evalConst(c, s.init);
    if (sym.value === undefined)
      c.error(
        "T0407",
        s.init,
        `\`${s.name}\` is a constant, and this is not known at compile time`,
        "use `let`",
      );
  }
  c.declare(sym);
  if (s.init !== undefined) checkInit(c, sym, s.init);
}

function checkAssign(c: Checker, s: Assign): void {
  s.place = checkExpr(c, s.place);
  const t = s.place.ty as Type;
  const writable = checkWritable(c, s.place);
  if (s.op === "=") {
    s.value = checkAs(c, s.value, t);
    if (writable) checkStore(c, s.place, s.value);
    return;
  }
  const op = s.op.slice(0, -1);
  const left: Expr = {
    kind: "Conv",
    e: s.place,
    how: "same",
    ty: t,
    pos: s.place.pos,
    end: s.place.end,
  };
  const e = checkExpr(c, { kind: "Binary", op, left, right: s.value, pos: s.pos, end: s.end });
  s.value = coerce(c, e, t);
}

/** Whether a place may be assigned; the reason is reported otherwise. */
function checkWritable(c: Checker, place: Expr): boolean {
  if (place.ty === ERROR) return false;
  switch (place.kind) {
    case "Name": {
      const sym = place.sym;
      if (sym?.kind !== "var" || sym.how === "var") {
        if (sym?.kind === "fn")
          c.error("T0606", place, `\`${place.name}\` is a function and cannot be assigned`);
        return sym?.kind === "var";
      }
      const what = {
        let: "declared with `let`",
        const: "a constant",
        param: "a parameter",
        loop: "a loop variable",
        bind: "bound by a pattern",
      }[sym.how];
      const help =
        sym.how === "param" || sym.how === "loop"
          ? `copy it: \`var x = ${sym.name};\``
          : sym.how === "let"
            ? "declare it with `var`"
            : undefined;
      c.error("T0606", place, `\`${sym.name}\` is ${what} and cannot be assigned`, help);
      return false;
    }
    case "Member": {
      if (place.sym?.kind === "var") {
        if (place.sym.how === "var" && place.sym.module === c.module) return true;
        c.error("T0606", place, `\`${place.name}\` cannot be assigned from here`);
        return false;
      }
      // A module has no type.
      const t = place.obj.ty as Type | undefined;
      if (t?.kind === "dyn") return true;
      if (place.index === undefined) {
        if (place.ty !== ERROR) c.error("T0606", place, `\`.${place.name}\` cannot be assigned`);
        return false;
      }
      return t?.kind === "ptr" ? pointee(c, place, t) : checkWritable(c, place.obj);
    }
    case "Index": {
      const t = place.obj.ty as Type;
      if (t.kind === "dyn") return true;
      if (t.kind === "slice" || t.kind === "ptr") return pointee(c, place, t);
      if (t.kind === "string") {
        c.error("T0606", place, "the bytes of a string cannot be assigned", "build a new string");
        return false;
      }
      return checkWritable(c, place.obj);
    }
    case "Unary":
      if (place.op === "*" && place.e.ty?.kind === "ptr") return pointee(c, place, place.e.ty);
      break;
    case "Unwrap":
      return place.e.ty?.kind === "opt" ? checkWritable(c, place.e) : true;
  }
  if (place.ty !== ERROR) c.error("T0606", place, "this is no place that can be assigned");
  return false;
}

function pointee(c: Checker, place: Expr, t: Type): boolean {
  if (!t.isConst) return true;
  c.error("T0602", place, `this is reached through a \`${t}\`, which gives no right to write`);
  return false;
}

function checkReturnStmt(c: Checker, s: Stmt & { kind: "Return" }): void {
  const f = c.context;
  if (f === undefined) return;
  if (f.inDefer > 0) c.error("T0506", s, "`return` cannot leave a `defer`");
  const want = f.ret as Type;
  if (s.value === undefined) {
    if (want !== VOID && want !== ERROR && !f.isTest)
      c.error("T0515", s, `this function returns a \`${want}\``, "write `return value;`");
    return;
  }
  const e = checkAny(c, s.value, want === VOID ? undefined : want);
  s.value = e;
  const t = e.ty as Type;
  if (t.kind === "result") {
    if (f.err === t.err && t.elem === want) {
      s.isError = undefined;
      return;
    }
    s.value = checkExpr(c, e);
    return;
  }
  if (f.err !== undefined && t === f.err && t !== want) {
    s.isError = true;
    return;
  }
  if (want === VOID && t !== VOID && t !== ERROR) {
    const help =
      f.err === undefined
        ? "declare it: `fn ...() -> T`"
        : `return a \`${f.err}\`, or write \`return;\``;
    c.error("T0515", e, `this function returns nothing, not a \`${t}\``, help);
    return;
  }
  s.value = coerce(c, e, want);
  if (holdsRef(want)) checkReturn(c, s.value);
}

function checkJump(c: Checker, s: Stmt & { kind: "Jump" }): void {
  for (let scope = c.scope; scope !== undefined && scope.owner === c.context; scope = scope.up)
    if (scope.loop) return;
  c.error("T0516", s, `\`${s.how}\` stands outside a loop`);
}

function checkFor(c: Checker, s: For): void {
  s.over = checkExpr(c, s.over);
  let t = s.over.ty as Type;
  let item: Type = ERROR;
  if (t.kind === "secret") {
    c.error("T0703", s.over, "a secret cannot decide how often a loop runs");
    t = ERROR;
  }
  if (s.to !== undefined) {
    s.to = checkExpr(c, s.to, t);
    if (s.over.kind === "Int" && s.to.ty !== t) {
      s.over = coerce(c, s.over, s.to.ty as Type);
      t = s.over.ty as Type;
    } else s.to = coerce(c, s.to, t);
    if (t.kind !== "int" && t !== ERROR)
      c.error("T0404", s.over, `a range runs over integers, not over a \`${t}\``);
    item = t.kind === "int" ? t : ERROR;
  } else {
    const base = t.kind === "ptr" ? deref(c, s.over) : t;
    if (t.kind === "int") item = t;
    else if (base.kind === "array" || base.kind === "slice") item = base.elem as Type;
    else if (base.kind === "string") item = U8;
    else if (base.kind === "dyn") item = DYN;
    else if (base.kind === "struct") item = iterator(c, s, base);
    else if (base !== ERROR)
      c.error(
        "T0404",
        s.over,
        `a \`${t}\` cannot be looped over`,
        "loop over an integer, a range, an array, a slice, or a struct with `fn T.next(*self) -> ?U`",
      );
  }
  if (s.second !== undefined && (s.next !== undefined || t.kind === "int")) {
    c.error("T0404", s, "the form with an index goes with arrays, slices and strings only");
  }
  loop(c, () => {
    const name = s.second ?? s.name;
    s.item = newVar(name, item, "loop", c.source, s.nameAt);
    if (holdsRef(item)) s.item.region = c.scope?.depth ?? 0;
    if (s.second !== undefined) {
      s.index = newVar(s.name, I64, "loop", c.source, s.nameAt);
      if (t === DYN) s.index.ty = DYN;
      c.declare(s.index);
    }
    c.declare(s.item);
    checkBlock(c, s.body, false);
  });
}

function iterator(c: Checker, s: For, t: Type): Type {
  const next = t.methods.get("next");
  if (next !== undefined) signature(c, next);
  if (next?.self !== "pointer" || next.ret.kind !== "opt" || next.params.length !== 1) {
    c.error(
      "T0404",
      s.over,
      `a \`${t}\` cannot be looped over`,
      `give it \`fn ${t}.next(*self) -> ?U\``,
    );
    return ERROR;
  }
  s.next = next;
  markAddressed(s.over);
  return next.ret.elem as Type;
}

function markAddressed(e: Expr): void {
  if (e.kind === "Name" && e.sym?.kind === "var") e.sym.addressed = true;
  else if (e.kind === "Member" || e.kind === "Index") markAddressed(e.obj);
}

export { plain, type VarSym };
