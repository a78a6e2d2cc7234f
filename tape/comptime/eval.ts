/**
 * The compile-time evaluator: walks `@tape` code before it is type-checked.
 *
 * Values carry their own kinds; integers are exact and unbounded. A program gets `MAX_STEPS` steps in all.
 * Invariant: evaluation has no effect but emitted code and text for `@print`.
 */
import type { Checker } from "../check/checker.ts";
import { complete, resolveType } from "../check/resolve.ts";
import { resolveGlobal, signature } from "../check/declare.ts";
import { isList } from "../check/constant.ts";
import type { FnSym } from "../check/symbol.ts";
import { alignOf, builtinTypes, sizeOf, type Type } from "../check/type.ts";
import type { Block, Decl, Expr, Field, Stmt, TypeNode } from "../parse/ast.ts";
import { cloneNode } from "./clone.ts";
import { ctText, type CtValue, isField, isType } from "./value.ts";

export const MAX_STEPS = 10_000_000;
const MAX_CALLS = 100;

/** Receives what `@emit` makes. */
export interface Sink {
  decl(decl: Decl): void;
  field(field: Field): void;
}

/** Ends evaluation after an error was reported. */
export class TapeStop extends Error {}
type Flow = { how: "break" | "continue" } | { how: "return"; value: CtValue } | undefined;

interface Env {
  readonly vars: Map<string, CtValue>;
  readonly up: Env | undefined;
}

/** One evaluation: the checker for names and errors, a sink for emitted code. */
export class Evaluator {
  readonly c: Checker;
  readonly sink: Sink;
  calls = 0;

  constructor(c: Checker, sink: Sink) {
    this.c = c;
    this.sink = sink;
  }

  fail(at: { pos: number; end: number }, message: string, help?: string): never {
    this.c.error("T0807", at, message, help);
    throw new TapeStop();
  }

  step(at: { pos: number; end: number }): void {
    if (++this.c.tapeSteps > MAX_STEPS) {
      this.c.error(
        "T0808",
        at,
        `compile-time code took more than ${MAX_STEPS} steps`,
        "is there an endless loop?",
      );
      throw new TapeStop();
    }
  }

  run(block: Block): void {
    this.block(block, undefined);
  }

  block(b: Block, up: Env | undefined): Flow {
    const env: Env = { vars: new Map(), up };
    for (const s of b.body) {
      const flow = this.stmt(s, env);
      if (flow !== undefined) return flow;
    }
    return undefined;
  }

  stmt(s: Stmt, env: Env): Flow {
    this.step(s);
    switch (s.kind) {
      case "Block":
        return this.block(s, env);
      case "Bind":
        env.vars.set(s.name, s.init === undefined ? null : this.expr(s.init, env));
        return undefined;
      case "Assign":
        this.assign(s, env);
        return undefined;
      case "ExprStmt":
        this.expr(s.e, env);
        return undefined;
      case "If":
        if (this.bool(s.cond, env)) return this.block(s.then, env);
        return s.other === undefined ? undefined : this.stmt(s.other, env);
      case "While":
        while (this.bool(s.cond, env)) {
          const flow = this.block(s.body, env);
          if (flow?.how === "break") break;
          if (flow?.how === "return") return flow;
        }
        return undefined;
      case "For":
        return this.loop(s, env);
      case "ForC": {
        const inner: Env = { vars: new Map(), up: env };
        this.stmt(s.init, inner);
        while (this.bool(s.cond, inner)) {
          const flow = this.block(s.body, inner);
          if (flow?.how === "break") break;
          if (flow?.how === "return") return flow;
          this.assign(s.step, inner);
        }
        return undefined;
      }
      case "Jump":
        return { how: s.how };
      case "Return":
        return { how: "return", value: s.value === undefined ? null : this.expr(s.value, env) };
      case "Emit":
        this.emit(s, env);
        return undefined;
      case "TapeBlock":
        return this.block(s.body, env);
      default:
        return this.fail(s, "this statement does not run at compile time");
    }
  }

  emit(s: Stmt & { kind: "Emit" }, env: Env): void {
    const find = (path: string): CtValue | undefined => this.path(path, env);
    if (s.decl !== undefined) this.sink.decl(cloneNode(s.decl, find));
    if (s.field !== undefined) this.sink.field(cloneNode(s.field, find));
  }

  path(path: string, env: Env): CtValue | undefined {
    const [head, ...rest] = path.split(".");
    let v = this.find(head, env);
    for (const name of rest) {
      if (v === undefined) return undefined;
      v = this.memberOf(v, name);
    }
    return v;
  }

  find(name: string, env: Env | undefined): CtValue | undefined {
    for (let e = env; e !== undefined; e = e.up) if (e.vars.has(name)) return e.vars.get(name);
    if (name === "TARGET") return this.c.world.target;
    const t = this.c.lookupType(name) ?? builtinTypes.get(name);
    const sym = this.c.lookup(name);
    if (sym?.kind === "fn") return { fn: sym };
    if (sym?.kind === "var" && sym.how === "const") {
      resolveGlobal(this.c, sym);
      const v = sym.value;
      if (isList(v)) return v.list.filter((x) => typeof x !== "object") as CtValue[];
      return typeof v === "object" ? null : v;
    }
    if (sym?.kind === "space" && t === undefined) return { module: sym.module };
    return t;
  }

  assign(s: Stmt & { kind: "Assign" }, env: Env): void {
    const place = s.place;
    if (place.kind === "Index") {
      const list = this.expr(place.obj, env);
      const i = this.expr(place.index, env);
      if (!Array.isArray(list) || typeof i !== "bigint" || i < 0n || i >= BigInt(list.length))
        this.fail(s, "this index is out of range");
      list[Number(i)] = this.expr(s.value, env);
      return;
    }
    if (place.kind !== "Name") this.fail(place, "compile-time code assigns to variables only");
    let e: Env | undefined = env;
    while (e !== undefined && !e.vars.has(place.name)) e = e.up;
    if (e === undefined) this.fail(place, `there is no compile-time variable \`${place.name}\``);
    const value = this.expr(s.value, env);
    const old = e.vars.get(place.name) as CtValue;
    e.vars.set(place.name, s.op === "=" ? value : this.binary(s.op.slice(0, -1), old, value, s));
  }

  loop(s: Stmt & { kind: "For" }, env: Env): Flow {
    const over = this.expr(s.over, env);
    let items: CtValue[] = [];
    if (s.to !== undefined || typeof over === "bigint") {
      const to = s.to === undefined ? over : this.expr(s.to, env);
      const from = s.to === undefined ? 0n : over;
      if (typeof from !== "bigint" || typeof to !== "bigint")
        this.fail(s.over, "a range runs over integers");
      const end = s.inclusive ? to + 1n : to;
      if (end - from > BigInt(MAX_STEPS)) this.fail(s, "this loop is too long for compile time");
      for (let i = from; i < end; i++) items.push(i);
    } else if (Array.isArray(over)) items = over;
    else this.fail(s.over, "compile-time loops run over integers, lists and `T.fields`");
    for (let i = 0; i < items.length; i++) {
      this.step(s);
      const vars = new Map<string, CtValue>([[s.second ?? s.name, items[i]]]);
      if (s.second !== undefined) vars.set(s.name, BigInt(i));
      const flow = this.block(s.body, { vars, up: env });
      if (flow?.how === "break") break;
      if (flow?.how === "return") return flow;
    }
    return undefined;
  }

  bool(e: Expr, env: Env): boolean {
    const v = this.expr(e, env);
    if (typeof v !== "boolean") this.fail(e, "a condition is a `bool`");
    return v;
  }

  type(node: TypeNode, env: Env): Type {
    const find = (path: string): CtValue | undefined => this.path(path, env);
    const named =
      node.kind === "TName" && node.path.length === 1 ? this.find(node.path[0], env) : undefined;
    if (isType(named)) return named;
    const t = resolveType(this.c, cloneNode(node, find));
    complete(this.c, t);
    return t;
  }

  expr(e: Expr, env: Env): CtValue {
    this.step(e);
    switch (e.kind) {
      case "Int":
      case "Float":
      case "Str":
      case "Bool":
        return e.value;
      case "Null":
        return null;
      case "Interp":
        // `${v}` in a string scans as `$` and an interpolation.
        return e.parts
          .map((p) => (typeof p === "string" ? p.replace(/\$$/, "") : ctText(this.expr(p, env))))
          .join("");
      case "Name": {
        const v = this.find(e.name.replace(/^\$\{?|\}$/g, ""), env);
        return v === undefined
          ? this.fail(
              e,
              `there is no compile-time \`${e.name}\``,
              "compile-time code sees its own variables, constants and types",
            )
          : v;
      }
      case "TypeExpr":
        return this.type(e.type, env);
      case "Member": {
        const v = this.memberOf(this.expr(e.obj, env), e.name);
        return v === undefined ? this.fail(e, `there is no \`.${e.name}\` at compile time`) : v;
      }
      case "Index": {
        const list = this.expr(e.obj, env);
        const i = this.expr(e.index, env);
        if (typeof i !== "bigint" || i < 0n) this.fail(e, "this index is out of range");
        const v = Array.isArray(list)
          ? list[Number(i)]
          : typeof list === "string"
            ? BigInt(list.charCodeAt(Number(i)) || 0)
            : undefined;
        return v === undefined ? this.fail(e, "this index is out of range") : v;
      }
      case "Unary": {
        const v = this.expr(e.e, env);
        if (e.op === "-" && (typeof v === "bigint" || typeof v === "number")) return -v;
        if (e.op === "!" && typeof v === "boolean") return !v;
        if (e.op === "~" && typeof v === "bigint") return ~v;
        return this.fail(e, `\`${e.op}\` does not work on this value at compile time`);
      }
      case "Binary": {
        const a = this.expr(e.left, env);
        if (e.op === "&&" || e.op === "||")
          return a === (e.op === "||") ? a : this.expr(e.right, env);
        return this.binary(e.op, a, this.expr(e.right, env), e);
      }
      case "ArrayLit":
        return e.items.map((x) => this.expr(x, env));
      case "Call":
        return this.call(e, env);
      case "Builtin":
        return this.builtin(e, env);
      case "Cast":
        return this.expr(e.e, env);
      default:
        return this.fail(e, "this expression does not run at compile time");
    }
  }

  memberOf(v: CtValue, name: string): CtValue | undefined {
    if (isType(v)) {
      complete(this.c, v);
      if (name === "name") return v.name;
      if (name === "fields") return (v.fields ?? []).map((field) => ({ field }));
      if (name === "len" && v.kind === "array") return BigInt(v.len);
      const m = v.members?.find((x) => x.name === name);
      if (m !== undefined) return m.value;
      if (name === "members") return (v.members ?? []).map((x) => x.name);
      return undefined;
    }
    if (isField(v))
      return name === "name"
        ? v.field.name
        : name === "type"
          ? v.field.ty
          : name === "offset"
            ? BigInt(v.field.offset)
            : undefined;
    if (name === "len" && (Array.isArray(v) || typeof v === "string")) return BigInt(v.length);
    if (typeof v === "object" && v !== null && "module" in v) {
      const sym = v.module.values.get(name);
      if (sym?.kind === "fn") return { fn: sym };
      if (sym?.kind === "var" && typeof sym.value !== "object") return sym.value;
      return v.module.types.get(name);
    }
    return undefined;
  }

  binary(op: string, a: CtValue, b: CtValue, at: { pos: number; end: number }): CtValue {
    if (op === "==" || op === "!=") return (a === b) === (op === "==");
    if (typeof a === "string" && op === "+") return a + ctText(b);
    if (Array.isArray(a) && op === "+" && Array.isArray(b)) return [...a, ...b];
    if (typeof a === "bigint" && typeof b === "bigint") {
      switch (op) {
        case "+":
        case "+%":
          return a + b;
        case "-":
        case "-%":
          return a - b;
        case "*":
        case "*%":
          return a * b;
        case "/":
          return b === 0n ? this.fail(at, "this divides by zero") : a / b;
        case "%":
          return b === 0n ? this.fail(at, "this divides by zero") : a % b;
        case "<<":
          return b > 4096n ? this.fail(at, "this shift is too wide") : a << b;
        case ">>":
          return a >> b;
        case "&":
          return a & b;
        case "|":
          return a | b;
        case "^":
          return a ^ b;
      }
    }
    if (typeof a === "number" && typeof b === "number") {
      switch (op) {
        case "+":
          return a + b;
        case "-":
          return a - b;
        case "*":
          return a * b;
        case "/":
          return a / b;
      }
    }
    const same =
      typeof a === typeof b &&
      (typeof a === "bigint" || typeof a === "number" || typeof a === "string");
    if (same && a !== null && b !== null) {
      if (op === "<") return a < b;
      if (op === "<=") return a <= b;
      if (op === ">") return a > b;
      if (op === ">=") return a >= b;
    }
    return this.fail(at, `\`${op}\` does not work on these values at compile time`);
  }

  call(e: Expr & { kind: "Call" }, env: Env): CtValue {
    if (e.fn.kind === "Member" && e.fn.name === "has_attr") {
      const t = this.expr(e.fn.obj, env);
      const want = e.args[0]?.value;
      const name = want?.kind === "Name" ? want.name : want?.kind === "Str" ? want.value : "";
      const attrs = isType(t) ? t.decl?.attrs : isField(t) ? t.field.attrs : undefined;
      return attrs?.some((a) => a.name === name || a.name.endsWith(`.${name}`)) ?? false;
    }
    const f = this.expr(e.fn, env);
    if (typeof f !== "object" || f === null || !("fn" in f))
      return this.fail(e.fn, "this cannot be called at compile time");
    const fn: FnSym = f.fn;
    const decl = fn.decl;
    if (decl?.tape !== true || decl.body === undefined)
      return this.fail(
        e.fn,
        `\`${fn.name}\` is no \`@tape fn\``,
        `write \`@tape fn ${fn.name}(...)\``,
      );
    if (++this.calls > MAX_CALLS)
      this.fail(e, `compile-time calls nest more than ${MAX_CALLS} deep`);
    const vars = new Map<string, CtValue>();
    decl.params.forEach((p, i) => {
      const arg =
        e.args.find((a) => a.name === p.name) ??
        (e.args[i]?.name === undefined ? e.args[i] : undefined);
      if (arg === undefined && p.value === undefined)
        this.fail(e, `\`${fn.name}\` needs \`${p.name}\``);
      const value = this.expr(
        (arg?.value ?? p.value) as Expr,
        arg === undefined ? { vars: new Map(), up: undefined } : env,
      );
      if (p.type?.kind === "TName" && p.type.path[0] === "type" && !isType(value))
        this.fail(arg?.value ?? e, `\`${p.name}\` takes a type`);
      vars.set(p.name, value);
    });
    if (e.args.length > decl.params.length)
      this.fail(e, `\`${fn.name}\` takes ${decl.params.length} arguments`);
    const flow = this.inModule(fn, e.pos, () =>
      this.block(decl.body as Block, { vars, up: undefined }),
    );
    this.calls--;
    return flow?.how === "return" ? flow.value : null;
  }

  /** Names in a template resolve in its own module first; errors name the call. */
  inModule<R>(fn: FnSym, callPos: number, body: () => R): R {
    const c = this.c;
    const saved = c.origin;
    const callSource = saved?.callSource ?? c.source;
    c.origin = {
      source: fn.module.source,
      home: fn.module,
      callSource,
      callPos: saved?.callPos ?? callPos,
    };
    try {
      return body();
    } finally {
      c.origin = saved;
    }
  }

  builtin(e: Expr & { kind: "Builtin" }, env: Env): CtValue {
    const arg = e.args[0];
    switch (e.name) {
      case "sizeof":
      case "alignof": {
        const t = this.expr(arg, env);
        if (!isType(t)) return this.fail(e, `\`@${e.name}\` takes a type`);
        return BigInt(e.name === "sizeof" ? sizeOf(t) : alignOf(t));
      }
      case "typeof": {
        const t = this.expr(arg, env);
        return isType(t) ? t.name : typeof t;
      }
      case "has_field":
      case "has_method":
      case "field_type": {
        const t = this.expr(arg, env);
        const name = e.args[1] === undefined ? "" : ctText(this.expr(e.args[1], env));
        if (!isType(t)) return this.fail(e, `\`@${e.name}\` takes a type and a name`);
        if (e.name === "has_method") return t.methods.has(name);
        const field = t.fields?.find((f) => f.name === name);
        return e.name === "has_field"
          ? field !== undefined
          : (field?.ty ?? this.fail(e, `\`${t}\` has no field \`${name}\``));
      }
      case "inner_type": {
        const t = this.expr(arg, env);
        return isType(t) && t.elem !== undefined
          ? t.elem
          : this.fail(e, "this type holds no other type");
      }
      case "assert":
        if (!this.bool(arg, env)) this.fail(e, `this is false: ${e.text}`);
        return null;
      case "print":
      case "println":
        this.c.world.printed.push(
          e.args.map((a) => ctText(this.expr(a, env))).join("") +
            (e.name === "println" ? "\n" : ""),
        );
        return null;
      case "compile_error":
        this.c.error("T0803", e, ctText(this.expr(arg, env)));
        throw new TapeStop();
      default:
        return this.fail(e, `\`@${e.name}\` does not run at compile time`);
    }
  }
}

export { signature };
