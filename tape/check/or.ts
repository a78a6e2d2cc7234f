/**
 * `or`: what to do when a call failed or an optional is `null`.
 */
import type { Expr, Or } from "../parse/ast.ts";
import type { Checker } from "./checker.ts";
import { coerce } from "./convert.ts";
import { checkAny, checkExpr } from "./expr.ts";
import { checkBlock, leaves } from "./stmt.ts";
import { newVar } from "./symbol.ts";
import { DYN, ERROR, NEVER, type Type, VOID } from "./type.ts";

export function checkOr(c: Checker, e: Or, expected: Type | undefined): Expr {
  e.e = checkAny(c, e.e, expected);
  const t = e.e.ty as Type;
  const failing = t.kind === "result" || t.kind === "opt";
  if (!failing && t !== ERROR && t !== DYN) {
    const help = t.kind === "ptr" ? "test it against null, or write `p!`" : "remove the `or` part";
    c.error("T0504", e, `\`or\` follows an expression that cannot fail (\`${t}\`)`, help);
  }
  const value = failing ? (t.elem as Type) : t;
  e.ty = failing || t === DYN ? value : ERROR;
  switch (e.how) {
    case "pass":
      pass(c, e, t);
      return e;
    case "return":
      passValue(c, e);
      return e;
    case "value":
      e.value = checkExpr(c, e.value as Expr, value);
      if (value === VOID) {
        if (e.value.ty !== VOID && e.value.ty !== ERROR)
          c.error(
            "T0505",
            e.value,
            "this call gives no value, so `or` has none to replace",
            "write `or { ... }`",
          );
      } else e.value = coerce(c, e.value, value);
      return e;
    case "block":
      checkHandler(c, e, t, value);
      return e;
  }
}

function pass(c: Checker, e: Or, t: Type): void {
  const f = c.context;
  if (f === undefined || t === ERROR) return;
  if (f.inDefer > 0) {
    c.error("T0506", e, "`or return` cannot leave a `defer`", "handle the error with `or { ... }`");
    return;
  }
  if (t.kind === "result") {
    if (f.isTest) return;
    if (f.err === undefined) {
      const message = `\`or return\` passes \`${t.err}\` on, but this function has no error to return`;
      c.error(
        "T0507",
        e,
        message,
        `declare it \`-> ${f.ret ?? "T"} or ${t.err}\`, or handle the error with \`or { ... }\``,
      );
    } else if (f.err !== t.err && t.err !== ERROR) {
      c.error(
        "T0507",
        e,
        `this function returns errors of \`${f.err}\`, not of \`${t.err}\``,
        `convert it: \`or { return ${f.err}.Kind; }\``,
      );
    }
  } else if (f.ret?.kind !== "opt" && f.ret !== DYN && f.ret !== VOID && !f.infer) {
    c.error(
      "T0507",
      e,
      "`or return` on an optional returns `null`, but this function returns no optional",
      "write `or return value`",
    );
  }
}

function passValue(c: Checker, e: Or): void {
  const f = c.context;
  if (f === undefined) return;
  if (f.inDefer > 0) c.error("T0506", e, "`or return` cannot leave a `defer`");
  const want = f.ret ?? DYN;
  const done = checkExpr(c, e.value as Expr, want);
  if (f.err !== undefined && done.ty === f.err) {
    e.value = { kind: "Conv", e: done, how: "errvalue", ty: f.err, pos: done.pos, end: done.end };
  } else e.value = coerce(c, done, want);
}

function checkHandler(c: Checker, e: Or, t: Type, value: Type): void {
  const block = e.block;
  if (block === undefined) return;
  c.push();
  if (t.kind === "result") {
    e.err = newVar("err", t.err as Type, "let", c.source, block.pos);
    if (c.local("err") === undefined) c.declare(e.err);
    else c.scope?.vars.set("err", Object.assign(e.err, { owner: c.context, depth: c.scope.depth }));
  }
  checkBlock(c, block, false);
  if (block.value !== undefined) {
    block.value = checkExpr(c, block.value, value);
    if (value !== VOID) block.value = coerce(c, block.value, value);
  } else if (!leaves(block) && value !== VOID && value !== ERROR && t !== ERROR) {
    c.error(
      "T0508",
      block,
      `this \`or\` block must give a \`${value}\` or leave`,
      "end it with a value without `;`, or with `return`, `break` or `continue`",
    );
  }
  c.pop();
}

export { NEVER };
