/**
 * Regions: how long the thing that a pointer or slice points to lives, as the depth of its scope.
 *
 * 0 is for ever (statics, heap), 1 the caller's (parameters), 2 and more the scopes of this function. The result
 * of a call lives as long as its shortest-living argument, so slices made by an arena end with the arena.
 * Checked in profiles t1 and t2. Invariant: a stored or returned reference never outlives its region.
 */
import type { Expr } from "../parse/ast.ts";
import type { Checker } from "./checker.ts";
import type { VarSym } from "./symbol.ts";
import { holdsRef, type Type } from "./type.ts";

/** Depth of the region that a value points into. */
export function regionOf(e: Expr): number {
  if (e.ty === undefined || (!holdsRef(e.ty) && e.ty.kind !== "error")) return 0;
  switch (e.kind) {
    case "Name":
      return e.sym?.kind === "var" && e.sym.module === undefined ? e.sym.region : 0;
    case "Member":
      return e.sym?.kind === "var" || e.sym?.kind === "fn"
        ? 0
        : e.name === "ptr" && e.obj.ty?.kind === "string"
          ? placeRegion(e.obj)
          : regionOf(e.obj);
    case "Index":
    case "Unwrap":
      return regionOf(e.kind === "Index" ? e.obj : e.e);
    case "Unary":
      return e.op === "&" ? placeRegion(e.e) : regionOf(e.e);
    case "Slice":
      return e.obj.ty?.kind === "array" || e.obj.ty?.kind === "string"
        ? placeRegion(e.obj)
        : regionOf(e.obj);
    case "Conv":
      return e.how === "view" ? placeRegion(e.e) : regionOf(e.e);
    case "Cast":
      return regionOf(e.e);
    case "Call": {
      let most = 0;
      const self = e.target?.how === "fn" ? e.target.self : undefined;
      if (self !== undefined) most = regionOf(self);
      for (const a of e.args) most = Math.max(most, regionOf(a.value));
      return most;
    }
    case "StructLit":
      return e.fields.reduce((m, f) => Math.max(m, regionOf(f.value)), 0);
    case "ArrayLit":
      return e.items.reduce((m, x) => Math.max(m, regionOf(x)), 0);
    case "ArrayRep":
      return regionOf(e.item);
    case "Or":
      return Math.max(regionOf(e.e), e.value === undefined ? 0 : regionOf(e.value));
    default:
      return 0;
  }
}

const TEMPORARY = 1000;

/** Depth of the region in which a place lies. */
function placeRegion(e: Expr): number {
  switch (e.kind) {
    case "Name": {
      const sym = e.sym;
      if (sym?.kind !== "var" || sym.module !== undefined) return 0;
      // A parameter's string or array belongs to the caller; its own slot is a local.
      return sym.how === "param" && (sym.ty.kind === "string" || sym.ty.kind === "array")
        ? 1
        : Math.max(2, sym.depth);
    }
    case "Member":
      if (e.sym?.kind === "var") return 0;
      return e.obj.ty?.kind === "ptr" ? regionOf(e.obj) : placeRegion(e.obj);
    case "Index":
      return e.obj.ty?.kind === "slice" || e.obj.ty?.kind === "ptr"
        ? regionOf(e.obj)
        : placeRegion(e.obj);
    case "Unary":
      return e.op === "*" ? regionOf(e.e) : TEMPORARY;
    case "Unwrap":
      return placeRegion(e.e);
    case "Str":
      return 0;
    case "Conv":
      return placeRegion(e.e);
    default:
      return TEMPORARY;
  }
}

/** The variable at the root of a place and whether the way there goes through a pointer or slice. */
function rootOf(e: Expr): { sym: VarSym | undefined; through: boolean; via: Expr | undefined } {
  switch (e.kind) {
    case "Name":
      return { sym: e.sym?.kind === "var" ? e.sym : undefined, through: false, via: undefined };
    case "Member":
    case "Index": {
      if (e.kind === "Member" && e.sym?.kind === "var")
        return { sym: e.sym, through: false, via: undefined };
      const t = e.obj.ty as Type;
      if (t.kind === "ptr" || t.kind === "slice")
        return { sym: rootOf(e.obj).sym, through: true, via: e.obj };
      return rootOf(e.obj);
    }
    case "Unary":
      return { sym: rootOf(e.e).sym, through: true, via: e.e };
    case "Unwrap":
      return rootOf(e.e);
    default:
      return { sym: undefined, through: false, via: undefined };
  }
}

function describe(region: number): string {
  if (region >= TEMPORARY) return "a value that dies at the end of this statement";
  return region === 1 ? "what a parameter points to" : "a local variable";
}

/** Checks that storing `value` in `place` does not outlive what it points to. */
export function checkStore(c: Checker, place: Expr, value: Expr): void {
  if (c.module.profile === "t0" || value.ty === undefined || !holdsRef(value.ty)) return;
  const region = regionOf(value);
  if (region === 0) return;
  const root = rootOf(place);
  const limit = root.through
    ? regionOf(root.via as Expr)
    : root.sym === undefined || root.sym.module !== undefined
      ? 0
      : root.sym.depth;
  if (region > limit) {
    c.error(
      "T0603",
      value,
      `this points to ${describe(region)} and would outlive it here`,
      "copy the data, or keep the pointer in a variable of the same block",
    );
  } else if (root.sym !== undefined && !root.through)
    root.sym.region = Math.max(root.sym.region, region);
}

/** Notes (or refuses) the region of a variable's first value. */
export function checkInit(c: Checker, sym: VarSym, value: Expr): void {
  if (value.ty === undefined || !holdsRef(value.ty)) return;
  const region = regionOf(value);
  if (region >= TEMPORARY && c.module.profile !== "t0") {
    c.error(
      "T0603",
      value,
      `this points to ${describe(region)}`,
      "store the value itself in a variable first",
    );
    return;
  }
  sym.region = Math.max(sym.region, region);
}

/** Checks that a returned value points to nothing of this function. */
export function checkReturn(c: Checker, value: Expr): void {
  if (c.module.profile === "t0") return;
  const region = regionOf(value);
  if (region > 1) {
    c.error(
      "T0603",
      value,
      `this points to ${describe(region)}, which ends with the function`,
      "return a copy, or take the memory as a parameter",
    );
  }
}

/** The pointers and slices inside a type, as element and right to write. */
function refsOf(
  t: Type,
  out: { elem: Type; isConst: boolean }[] = [],
  depth = 0,
): { elem: Type; isConst: boolean }[] {
  if (depth > 8) return out;
  if (t.kind === "ptr" || t.kind === "slice")
    out.push({ elem: t.elem as Type, isConst: t.isConst });
  else if (t.kind === "opt" || t.kind === "array" || t.kind === "result")
    refsOf(t.elem as Type, out, depth + 1);
  for (const f of t.fields ?? []) refsOf(f.ty, out, depth + 1);
  for (const v of t.variants ?? []) for (const f of v.fields) refsOf(f.ty, out, depth + 1);
  return out;
}

/** Whether a reference inside `value` can be stored somewhere inside a `target`. */
function canHold(target: Type, value: Type): boolean {
  const places = refsOf(target);
  return refsOf(value).some((v) =>
    places.some((p) => p.elem === v.elem && (p.isConst || !v.isConst)),
  );
}

/** Checks a call: what goes in beside a mutable reference may be stored behind it. */
export function checkCallRegions(c: Checker, args: readonly Expr[]): void {
  if (c.module.profile === "t0") return;
  for (const target of args) {
    const t = target.ty as Type;
    if ((t.kind !== "ptr" && t.kind !== "slice") || t.isConst || !holdsRef(t.elem as Type))
      continue;
    const limit = regionOf(target);
    for (const arg of args) {
      if (arg === target || regionOf(arg) <= limit || !canHold(t.elem as Type, arg.ty as Type))
        continue;
      c.error(
        "T0603",
        arg,
        `this points to ${describe(regionOf(arg))} and may be stored where it outlives it`,
        "keep both in the same block",
      );
    }
    if (target.kind !== "Unary" || target.op !== "&") continue;
    const root = rootOf(target.e).sym;
    if (root !== undefined) {
      for (const arg of args) {
        if (arg !== target && canHold(t.elem as Type, arg.ty as Type))
          root.region = Math.max(root.region, regionOf(arg));
      }
    }
  }
}
