/**
 * Deep copies of syntax with `$name`, `${name}` and `${a.b}` replaced by compile-time values.
 *
 * Invariant: the copy shares nothing with the template that a checker could fill in.
 */
import type { Expr, TypeNode } from "../parse/ast.ts";
import { ctName, ctText, type CtValue, isType } from "./value.ts";

/** Finds the value of a splice's text, such as `n` or `f.name`; undefined leaves the text alone. */
export type Find = (path: string) => CtValue | undefined;

const splice = /\$\{([A-Za-z_0-9.]+)\}|\$([A-Za-z_][A-Za-z0-9_]*)/g;
const lone = /^(?:\$\{([A-Za-z_0-9.]+)\}|\$([A-Za-z_][A-Za-z0-9_]*))$/;

function fill(text: string, find: Find, show: (v: CtValue) => string): string {
  if (!text.includes("$")) return text;
  return text.replace(splice, (whole, a: string | undefined, b: string | undefined) => {
    const v = find((a ?? b) as string);
    return v === undefined ? whole : show(v);
  });
}

/** The value that a name stands for when it is nothing but a splice. */
function loneValue(name: string, find: Find): CtValue | undefined {
  if (!name.startsWith("$")) return undefined;
  const m = lone.exec(name);
  return m === null ? undefined : find((m[1] ?? m[2]) as string);
}

const checked = new Set([
  "ty",
  "sym",
  "target",
  "narrowed",
  "index",
  "variant",
  "want",
  "value_",
  "err",
  "captures",
  "fn_",
  "item",
  "next",
  "out",
  "bound",
  "origin",
]);

/** Copies a node. */
export function cloneNode<N>(node: N, find: Find): N {
  return copy(node, find) as N;
}

function copy(node: unknown, find: Find): unknown {
  if (Array.isArray(node)) return node.map((x) => copy(x, find));
  if (typeof node === "string") return fill(node, find, ctName);
  if (typeof node !== "object" || node === null || isType(node as CtValue)) return node;
  const n = node as { kind?: string } & Record<string, unknown>;
  if (n.kind === "Name") return copyName(n as unknown as Expr & { kind: "Name" }, find);
  if (n.kind === "TName") return copyTypeName(n as unknown as TypeNode & { kind: "TName" }, find);
  if (n.kind === "Str")
    return { ...n, ty: undefined, value: fill(n.value as string, find, ctText) };
  if (n.kind === "Interp") return copyInterp(n as unknown as Expr & { kind: "Interp" }, find);
  if (n.kind === "Conv") return copy(n.e, find);
  const out: Record<string, unknown> = {};
  for (const key of Object.keys(n)) {
    if (
      checked.has(key) &&
      !(key === "err" && (n.kind === undefined || n.kind === "TFn")) &&
      !(key === "index" && n.kind === "Index")
    )
      continue;
    out[key] =
      key === "kind" || key === "op" || key === "how" || key === "doc"
        ? n[key]
        : copy(n[key], find);
  }
  return out;
}

function copyName(n: Expr & { kind: "Name" }, find: Find): unknown {
  const at = { pos: n.pos, end: n.end };
  const v = loneValue(n.name, find);
  if (v === undefined) return { kind: "Name", name: fill(n.name, find, ctName), ...at };
  if (typeof v === "bigint") return { kind: "Int", value: v, ...at };
  if (typeof v === "number") return { kind: "Float", value: v, ...at };
  if (typeof v === "boolean") return { kind: "Bool", value: v, ...at };
  if (isType(v)) return { kind: "Name", name: v.name, given: v, ...at };
  return { kind: "Name", name: ctName(v), ...at };
}

function copyTypeName(n: TypeNode & { kind: "TName" }, find: Find): unknown {
  const at = { pos: n.pos, end: n.end };
  const v = n.path.length === 1 ? loneValue(n.path[0], find) : undefined;
  if (isType(v)) return { kind: "TGiven", ty: v, ...at };
  return { kind: "TName", path: n.path.map((p) => fill(p, find, ctName)), ...at };
}

/** In strings, `${v}` scans as `$` and an interpolation; the pieces join again here. */
function copyInterp(n: Expr & { kind: "Interp" }, find: Find): unknown {
  const parts: (string | Expr)[] = [fill(n.parts[0] as string, find, ctText)];
  for (let i = 1; i < n.parts.length; i += 2) {
    const e = n.parts[i] as Expr;
    const after = fill(n.parts[i + 1] as string, find, ctText);
    const before = parts[parts.length - 1] as string;
    const path = before.endsWith("$") ? pathText(e) : undefined;
    const v = path === undefined ? undefined : find(path);
    if (v !== undefined) parts[parts.length - 1] = before.slice(0, -1) + ctText(v) + after;
    else parts.push(copy(e, find) as Expr, after);
  }
  const at = { pos: n.pos, end: n.end };
  return parts.length === 1
    ? { kind: "Str", value: parts[0], ...at }
    : { kind: "Interp", parts, ...at };
}

function pathText(e: Expr): string | undefined {
  if (e.kind === "Name") return e.name;
  if (e.kind === "Member") {
    const up = pathText(e.obj);
    return up === undefined ? undefined : `${up}.${e.name}`;
  }
  return undefined;
}
