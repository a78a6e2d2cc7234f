/**
 * Questions of an editor about a checked program: what is at a place, where is it declared and used, what fits.
 */
import type { Compiled } from "../compile.ts";
import type { FnSym, Module, VarSym } from "../check/symbol.ts";
import { builtinTypes, type Type } from "../check/type.ts";
import type { Source } from "../source/position.ts";
import { keywords } from "../scan/token.ts";

/** A place in a file. */
export interface Place {
  readonly source: Source;
  readonly pos: number;
  readonly length: number;
}

type Named = VarSym | FnSym;

function everything(done: Compiled): Named[] {
  const out: Named[] = [...done.locals];
  for (const m of done.modules) out.push(...m.globals, ...m.fns);
  return out;
}

function sourceOf(s: Named): Source {
  return s.kind === "var" ? s.source : (s.decl?.origin?.source ?? s.module.source);
}

/** The word around an offset. */
export function wordAt(text: string, offset: number): { word: string; start: number } {
  let start = offset;
  while (start > 0 && /[A-Za-z0-9_]/.test(text[start - 1])) start--;
  let end = offset;
  while (end < text.length && /[A-Za-z0-9_]/.test(text[end])) end++;
  return { word: text.slice(start, end), start };
}

/** The symbol that is declared or used at an offset. */
export function symbolAt(done: Compiled, source: Source, offset: number): Named | undefined {
  const { word, start } = wordAt(source.text, offset);
  if (word === "") return undefined;
  return everything(done).find((s) => {
    if (s.name !== word) return false;
    if (sourceOf(s).path === source.path && s.pos === start) return true;
    return s.uses.some((u) => u.source.path === source.path && u.pos === start);
  });
}

/** A type whose name stands at an offset. */
function typeAt(done: Compiled, source: Source, offset: number): Type | undefined {
  const { word } = wordAt(source.text, offset);
  const m = done.modules.find((x) => x.source.path === source.path);
  return m?.types.get(word) ?? builtinTypes.get(word);
}

/** A declaration as one line of code. */
export function describe(s: Named): string {
  if (s.kind === "var")
    return `${s.how === "param" || s.how === "loop" || s.how === "bind" ? "let" : s.how} ${s.name}: ${s.ty}`;
  const owner = s.owner === undefined ? "" : `${s.owner}.`;
  const params = s.params.map((p) => `${p.name}: ${p.ty}`).join(", ");
  const ret = s.ret === undefined || s.ret.kind === "void" ? "" : ` -> ${s.ret}`;
  return `fn ${owner}${s.name}(${params})${ret}${s.err === undefined ? "" : ` or ${s.err}`}`;
}

/** What to show over a place, as Markdown, or undefined. */
export function hover(done: Compiled, source: Source, offset: number): string | undefined {
  const s = symbolAt(done, source, offset);
  if (s !== undefined) {
    const doc = s.decl?.doc;
    return `\`\`\`tape\n${describe(s)}\n\`\`\`${doc === undefined ? "" : `\n\n${doc}`}`;
  }
  const t = typeAt(done, source, offset);
  if (t === undefined) return undefined;
  const fields = (t.fields ?? []).map((f) => `${f.name}: ${f.ty}`).join("; ");
  return `\`\`\`tape\n${t.kind} ${t.name}${fields === "" ? "" : ` { ${fields} }`}\n\`\`\``;
}

/** Where the symbol at a place is declared. */
export function definition(done: Compiled, source: Source, offset: number): Place | undefined {
  const s = symbolAt(done, source, offset);
  if (s !== undefined) return { source: sourceOf(s), pos: s.pos, length: s.name.length };
  const t = typeAt(done, source, offset);
  if (t?.decl === undefined || t.home === undefined) return undefined;
  return {
    source: t.decl.origin?.source ?? t.home.source,
    pos: t.decl.nameAt,
    length: t.decl.name.length,
  };
}

/** Every place of a variable or function, its declaration first; undefined for what cannot be renamed. */
export function places(done: Compiled, source: Source, offset: number): Place[] | undefined {
  const s = symbolAt(done, source, offset);
  if (s === undefined || s.name === "self" || s.name === "main") return undefined;
  const own = sourceOf(s);
  if (own.path.startsWith("std/") || (s.kind === "fn" && s.decl?.origin !== undefined))
    return undefined;
  const all = [{ source: own, pos: s.pos }, ...s.uses];
  const seen = new Set<string>();
  const out: Place[] = [];
  for (const p of all) {
    const key = `${p.source.path}:${p.pos}`;
    if (seen.has(key) || p.source.text.slice(p.pos, p.pos + s.name.length) !== s.name) continue;
    seen.add(key);
    out.push({ source: p.source, pos: p.pos, length: s.name.length });
  }
  return out;
}

/** A suggestion for completion; `kind` is the protocol's number. */
export interface Suggestion {
  readonly label: string;
  readonly kind: number;
  readonly detail: string;
}

const FUNCTION = 3;
const FIELD = 5;
const VARIABLE = 6;
const MODULE = 9;
const KEYWORD = 14;
const MEMBER = 20;
const STRUCT = 22;

/** What fits at an offset; `done` may be of an earlier text. */
export function complete(done: Compiled, path: string, text: string, offset: number): Suggestion[] {
  const { start, word } = wordAt(text, offset);
  const m = done.modules.find((x) => x.source.path === path);
  if (m === undefined) return [];
  const all = text[start - 1] === "." ? members(done, m, text, start - 1) : names(done, m, offset);
  return all
    .filter((s) => s.label.startsWith(text.slice(start, offset)) || word === "")
    .sort((a, b) => (a.label < b.label ? -1 : 1));
}

function members(done: Compiled, m: Module, text: string, dot: number): Suggestion[] {
  const { word } = wordAt(text, dot);
  const value = m.values.get(word);
  if (value?.kind === "space") {
    const out: Suggestion[] = [];
    for (const [name, s] of value.module.values) {
      if (s.kind === "space" || !s.pub) continue;
      out.push({ label: name, kind: s.kind === "fn" ? FUNCTION : VARIABLE, detail: describe(s) });
    }
    for (const name of value.module.typePub)
      out.push({ label: name, kind: STRUCT, detail: "type" });
    return out;
  }
  const local = done.locals.findLast(
    (s) => s.name === word && s.source.path === m.source.path && s.pos < dot,
  );
  const t = local?.ty ?? (value?.kind === "var" ? value.ty : undefined) ?? m.types.get(word);
  return t === undefined ? [] : ofType(t);
}

function ofType(of: Type): Suggestion[] {
  const t = of.kind === "ptr" ? (of.elem as Type) : of;
  const out: Suggestion[] = (t.fields ?? []).map((f) => ({
    label: f.name,
    kind: FIELD,
    detail: f.ty.name,
  }));
  for (const [name, fn] of t.methods)
    out.push({ label: name, kind: FUNCTION, detail: describe(fn) });
  for (const x of t.members ?? []) out.push({ label: x.name, kind: MEMBER, detail: t.name });
  for (const v of t.variants ?? []) out.push({ label: v.name, kind: MEMBER, detail: t.name });
  if (t.kind === "array" || t.kind === "slice" || t.kind === "string")
    out.push({ label: "len", kind: FIELD, detail: "i64" });
  return out;
}

function names(done: Compiled, m: Module, offset: number): Suggestion[] {
  const out: Suggestion[] = [];
  const seen = new Set<string>();
  const add = (label: string, kind: number, detail: string): void => {
    if (!seen.has(label)) out.push({ label, kind, detail });
    seen.add(label);
  };
  for (const s of done.locals)
    if (s.source.path === m.source.path && s.pos < offset) add(s.name, VARIABLE, describe(s));
  for (const [name, s] of m.values)
    add(
      name,
      s.kind === "space" ? MODULE : s.kind === "fn" ? FUNCTION : VARIABLE,
      s.kind === "space" ? "module" : describe(s),
    );
  for (const name of [...m.types.keys(), ...builtinTypes.keys()]) add(name, STRUCT, "type");
  for (const word of keywords.keys()) add(word, KEYWORD, "");
  return out;
}
