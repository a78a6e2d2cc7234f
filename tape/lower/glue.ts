/**
 * Copy and drop of managed types that live in memory: one made function for each type, shared by all uses.
 */
import { isManaged, sizeOf, tagSize, type Type } from "../check/type.ts";
import { Label } from "./builder.ts";
import { Fn, type Lowering, type Made, type Val } from "./context.ts";
import { leavesOf, optOffset } from "./shape.ts";
import { copy, drop, inMemory, store } from "./value.ts";

function key(t: Type): string {
  return `${t.name}@${t.home?.key ?? ""}:${t.decl?.pos ?? ""}`;
}

/** Number of `fn(to, from)` that copies deeply. */
export function copyFn(p: Lowering, t: Type): number {
  return p.made(
    glue(`copy ${key(t)}`, "pp", t, (f, t2) => {
      const to = inMemory(t2, 0, 0);
      const from = inMemory(t2, 1, 0);
      store(f, to, from);
      each(
        f,
        t2,
        from,
        (part) => {
          const own = copy(f, part);
          store(f, { ...part, addr: part.addr === 1 ? 0 : part.addr }, own);
        },
        to,
      );
    }),
  );
}

/** Number of `fn(at)` that frees what the value at an address owns. */
export function dropFn(p: Lowering, t: Type): number {
  return p.made(
    glue(`drop ${key(t)}`, "p", t, (f, t2) => {
      const at = inMemory(t2, 0, 0);
      each(f, t2, at, (part) => drop(f, part), undefined);
    }),
  );
}

function glue(name: string, params: string, t: Type, build: (f: Fn, t: Type) => void): Made {
  return {
    key: name,
    params,
    results: "",
    build: (p) => {
      const f = new Fn(p, p.rt.source, t, undefined);
      f.b.regs = params;
      build(f, t);
      f.b.emit("ret", 0);
      return f.b.finish(name.split("@")[0], params, "", p.file(p.rt.source));
    },
  };
}

/** Calls `act` for each managed part of a value; with `to`, parts are seen as pairs of source and target. */
function each(f: Fn, t: Type, v: Val, act: (part: Val) => void, to: Val | undefined): void {
  if (leavesOf(t) !== undefined) {
    act(v);
    return;
  }
  switch (t.kind) {
    case "struct":
      sizeOf(t);
      for (const field of t.fields ?? []) {
        if (isManaged(field.ty)) part(f, field.ty, v, field.offset, act, to);
      }
      return;
    case "opt": {
      const end = new Label();
      const flag = f.b.reg("i");
      f.b.emit("ld.u8", flag, v.addr, v.off);
      f.b.jump("jf", end, flag);
      part(f, t.elem as Type, v, optOffset(t), act, to);
      f.b.place(end);
      return;
    }
    case "array":
      eachItem(f, t, v, act, to);
      return;
    case "tagged":
      eachVariant(f, t, v, act, to);
  }
}

function part(
  f: Fn,
  t: Type,
  v: Val,
  off: number,
  act: (part: Val) => void,
  to: Val | undefined,
): void {
  const at = inMemory(t, v.addr, v.off + off);
  if (leavesOf(t) !== undefined) {
    act(at);
    return;
  }
  // A nested memory value has glue of its own.
  const from = f.b.reg("p");
  f.b.emit("paddi", from, at.addr, at.off);
  if (to === undefined) f.b.emit("call", dropFn(f.p, t), 1, 0, from);
  else {
    const target = f.b.reg("p");
    f.b.emit("paddi", target, to.addr, at.off);
    f.b.emit("call", copyFn(f.p, t), 2, 0, target, from);
  }
}

function eachItem(f: Fn, t: Type, v: Val, act: (part: Val) => void, to: Val | undefined): void {
  const elem = t.elem as Type;
  const i = f.b.reg("l");
  const n = f.b.reg("l");
  const head = new Label();
  const end = new Label();
  f.b.emit("const.i64", i, 0, 0);
  f.b.emit("const.i64", n, t.len, 0);
  f.b.placeLoop(head);
  f.b.jump("jles.i64", end, n, i);
  const from = f.b.reg("p");
  f.b.emit("pindex", from, v.addr, i, sizeOf(elem));
  const item = inMemory(elem, from, v.off);
  if (to === undefined) drop(f, item);
  else {
    const target = f.b.reg("p");
    f.b.emit("pindex", target, to.addr, i, sizeOf(elem));
    store(f, inMemory(elem, target, v.off), copy(f, item));
  }
  void act;
  f.b.emit("addi.i64", i, i, 1);
  f.b.jump("jmp", head);
  f.b.place(end);
}

function eachVariant(f: Fn, t: Type, v: Val, act: (part: Val) => void, to: Val | undefined): void {
  sizeOf(t);
  const tag = f.b.reg("i");
  f.b.emit(`ld.${tagSize(t) === 4 ? "i32" : `u${tagSize(t) * 8}`}`, tag, v.addr, v.off);
  const end = new Label();
  const labels = (t.variants ?? []).map(() => new Label());
  f.b.table(tag, [...labels, end]);
  (t.variants ?? []).forEach((variant, i) => {
    f.b.place(labels[i]);
    for (const field of variant.fields) {
      if (isManaged(field.ty)) part(f, field.ty, v, field.offset, act, to);
    }
    f.b.jump("jmp", end);
  });
  f.b.place(end);
}
