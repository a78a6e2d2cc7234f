/**
 * Moving values: loading and storing leaves, copying and dropping what owns storage.
 */
import { alignOf, isManaged, isThinOpt, plain, sizeOf, type Type } from "../check/type.ts";
import { Label } from "./builder.ts";
import type { Cleanup, Fn, Val } from "./context.ts";
import { copyFn, dropFn } from "./glue.ts";
import { leafIndex, leavesOf, optOffset, signatureOf } from "./shape.ts";

export function inRegs(ty: Type, regs: readonly number[], owned?: Cleanup): Val {
  return { ty, regs, addr: -1, off: 0, owned };
}

export function inMemory(ty: Type, addr: number, off: number, owned?: Cleanup): Val {
  return { ty, regs: undefined, addr, off, owned };
}

/** A zeroed or fresh place in the frame. */
export function tempSlot(f: Fn, ty: Type): Val {
  return inMemory(ty, -1, f.b.slot(sizeOf(ty), alignOf(ty)));
}

export function newRegs(f: Fn, ty: Type): number[] {
  return (leavesOf(ty) ?? []).map((l) => f.b.reg(l.cls));
}

/** A register that holds the address of a value in memory. */
export function addressOf(f: Fn, v: Val): number {
  if (v.addr >= 0 && v.off === 0) return v.addr;
  const r = f.b.reg("p");
  if (v.addr < 0) f.b.emit("frame", r, v.off);
  else f.b.emit("paddi", r, v.addr, v.off);
  return r;
}

/** Base register and offset for loads and stores. */
function baseOf(f: Fn, v: Val): [number, number] {
  if (v.addr >= 0) return [v.addr, v.off];
  const r = f.b.reg("p");
  f.b.emit("frame", r, v.off);
  return [r, 0];
}

/** The leaves of a value in registers. Values that live in memory give their address. */
export function load(f: Fn, v: Val): readonly number[] {
  if (v.regs !== undefined) return v.regs;
  const leaves = leavesOf(v.ty);
  if (leaves === undefined) return [addressOf(f, v)];
  if (leaves.length === 0) return [];
  const [base, off] = baseOf(f, v);
  return leaves.map((l) => {
    const r = f.b.reg(l.cls);
    f.b.emit(l.load, r, base, off + l.off);
    return r;
  });
}

const movs: Record<string, string> = {
  i: "mov.i32",
  l: "mov.i64",
  f: "mov.f32",
  d: "mov.f64",
  p: "mov.ptr",
};

/** Copies registers one by one. */
export function moveRegs(f: Fn, to: readonly number[], from: readonly number[]): void {
  for (let i = 0; i < to.length; i++) {
    if (to[i] !== from[i]) f.b.emit(movs[f.b.regs[to[i]]], to[i], from[i]);
  }
}

/** Stores a value's bits into a place, with no regard to ownership. */
export function store(f: Fn, place: Val, v: Val): void {
  if (place.regs !== undefined) {
    moveRegs(f, place.regs, load(f, v));
    return;
  }
  const leaves = leavesOf(place.ty);
  if (leaves === undefined) {
    if (v.addr === place.addr && v.off === place.off) return;
    const n = f.b.reg("l");
    f.b.emit("const.i64", n, sizeOf(place.ty), 0);
    f.b.emit("mem.copy", addressOf(f, place), addressOf(f, v), n);
    return;
  }
  const regs = load(f, v);
  const [base, off] = baseOf(f, place);
  leaves.forEach((l, i) => f.b.emit(l.store, base, regs[i], off + l.off));
}

/** Fills a place with zeros. */
export function zero(f: Fn, place: Val): void {
  if (place.regs !== undefined) {
    for (const r of place.regs) zeroReg(f, r);
    return;
  }
  const leaves = leavesOf(place.ty);
  if (leaves !== undefined && leaves.length <= 2) {
    store(f, place, inRegs(place.ty, zeros(f, place.ty)));
    return;
  }
  const n = f.b.reg("l");
  const z = f.b.reg("i");
  f.b.emit("const.i64", n, sizeOf(place.ty), 0);
  f.b.emit("const.i32", z, 0);
  f.b.emit("mem.fill", addressOf(f, place), z, n);
}

function zeroReg(f: Fn, r: number): void {
  const cls = f.b.regs[r];
  if (cls === "i") f.b.emit("const.i32", r, 0);
  else if (cls === "l") f.b.emit("const.i64", r, 0, 0);
  else if (cls === "f") f.b.emit("const.f32", r, 0);
  else if (cls === "d") f.b.emit("const.f64", r, 0, 0);
  else f.b.emit("const.ptr", r, 0);
}

/** Registers with the zero of a type. */
export function zeros(f: Fn, ty: Type): number[] {
  const regs = newRegs(f, ty);
  for (const r of regs) zeroReg(f, r);
  return regs;
}

/** Calls a function of the run-time module; gives its result registers. */
export function callRt(f: Fn, name: string, args: readonly number[]): number[] {
  const fn = f.p.rtFn(name);
  const sig = f.sigOf(fn);
  const out = [...sig.results].map((c) => f.b.reg(c));
  f.b.emit("call", f.p.fnIndex(fn), args.length, out.length, ...args, ...out);
  return out;
}

/** A fresh temporary that owns what `regs` hold; dropped at the end of the statement unless taken. */
export function ownedRegs(f: Fn, ty: Type, regs: readonly number[]): Val {
  if (!isManaged(ty)) return inRegs(ty, regs);
  // Registers of a pending drop stay taken until its scope ends.
  const c = f.addCleanup((g) => drop(g, inRegs(ty, regs)));
  return inRegs(ty, regs, c);
}

export function ownedMemory(f: Fn, v: Val): Val {
  if (!isManaged(v.ty)) return v;
  const c = f.addCleanup((g) => drop(g, v));
  return { ...v, owned: c };
}

/** The value as one that the caller owns: a temporary gives up its storage, anything else is copied. */
export function take(f: Fn, v: Val): Val {
  if (!isManaged(v.ty)) return v;
  if (v.owned !== undefined) {
    v.owned.live = false;
    return { ...v, owned: undefined };
  }
  return copy(f, v);
}

/** A deep copy of a managed value. */
export function copy(f: Fn, v: Val): Val {
  const t = v.ty;
  if (!isManaged(t)) return v;
  if (leavesOf(t) === undefined) {
    const to = tempSlot(f, t);
    const args = [addressOf(f, to), addressOf(f, v)];
    f.b.emit("call", copyFn(f.p, t), 2, 0, ...args);
    return to;
  }
  return inRegs(t, copyRegs(f, t, load(f, v)));
}

function copyRegs(f: Fn, t: Type, regs: readonly number[]): readonly number[] {
  switch (t.kind) {
    case "string":
      return callRt(f, "str_copy", regs);
    case "dyn":
      callRt(f, "dyn_retain", regs);
      return regs;
    case "opt": {
      if (isThinOpt(t)) return regs;
      const out = newRegs(f, t);
      moveRegs(f, out, regs);
      const end = new Label();
      f.b.jump("jf", end, regs[0]);
      moveRegs(f, out.slice(1), copyRegs(f, t.elem as Type, regs.slice(1)));
      f.b.place(end);
      return out;
    }
    case "struct": {
      const out: number[] = [];
      (t.fields ?? []).forEach((field, i) => {
        const at = leafIndex(t, i);
        const n = (leavesOf(field.ty) ?? []).length;
        const part = regs.slice(at, at + n);
        out.push(...(isManaged(field.ty) ? copyRegs(f, field.ty, part) : part));
      });
      return out;
    }
    default:
      return regs;
  }
}

/** Frees what a managed value owns. */
export function drop(f: Fn, v: Val): void {
  const t = v.ty;
  if (!isManaged(t)) return;
  if (leavesOf(t) === undefined) {
    f.b.emit("call", dropFn(f.p, t), 1, 0, addressOf(f, v));
    return;
  }
  dropRegs(f, t, load(f, v));
}

function dropRegs(f: Fn, t: Type, regs: readonly number[]): void {
  switch (t.kind) {
    case "string": {
      const end = new Label();
      f.b.jump("jeqi.i64", end, regs[2], 0);
      callRt(f, "str_drop", regs);
      f.b.place(end);
      return;
    }
    case "dyn": {
      const end = new Label();
      f.b.jump("jltsi.i32", end, regs[0], 4);
      callRt(f, "dyn_release", regs);
      f.b.place(end);
      return;
    }
    case "opt": {
      if (isThinOpt(t)) return;
      const end = new Label();
      f.b.jump("jf", end, regs[0]);
      dropRegs(f, t.elem as Type, regs.slice(1));
      f.b.place(end);
      return;
    }
    case "struct":
      (t.fields ?? []).forEach((field, i) => {
        if (!isManaged(field.ty)) return;
        const at = leafIndex(t, i);
        dropRegs(f, field.ty, regs.slice(at, at + (leavesOf(field.ty) ?? []).length));
      });
  }
}

/** Field `index` of a struct value or place. */
export function fieldOf(v: Val, t: Type, index: number): Val {
  sizeOf(t);
  const field = (t.fields as { ty: Type; offset: number }[])[index];
  if (v.regs !== undefined) {
    const at = leafIndex(t, index);
    return inRegs(field.ty, v.regs.slice(at, at + (leavesOf(field.ty) ?? []).length));
  }
  return inMemory(field.ty, v.addr, v.off + field.offset);
}

/** The value inside an optional that is known not to be null. */
export function someOf(v: Val): Val {
  const elem = v.ty.elem as Type;
  if (isThinOpt(v.ty)) return { ...v, ty: elem, owned: undefined };
  if (v.regs !== undefined) return inRegs(elem, v.regs.slice(1));
  return inMemory(elem, v.addr, v.off + optOffset(v.ty));
}

/** Jumps to `label` when an optional is null. */
export function jumpIfNull(f: Fn, v: Val, label: Label): void {
  if (v.regs === undefined && leavesOf(v.ty) === undefined) {
    const flag = f.b.reg("i");
    const [base, off] = baseOf(f, v);
    f.b.emit("ld.u8", flag, base, off);
    f.b.jump("jf", label, flag);
    return;
  }
  const regs = load(f, v);
  f.b.jump(isThinOpt(v.ty) ? "jnull" : "jf", label, regs[0]);
}

export { plain, signatureOf };
