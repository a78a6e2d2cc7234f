/**
 * The edits of a rename: of variables, functions, struct and variant fields, and types.
 *
 * A pattern's `{ field }` names a field and a variable at once; renaming either writes `{ field: variable }`.
 * Members of enums and variants keep their names here: nothing records where they are used.
 */
import type { Compiled } from "../compile.ts";
import type { FieldInfo, Type } from "../check/type.ts";
import { type Use, usesOf } from "../check/uses.ts";
import type { Source } from "../source/position.ts";
import { type Place, places, symbolAt, wordAt } from "./query.ts";

export interface Edit extends Place {
  readonly text: string;
}

interface FieldPlace {
  readonly field: FieldInfo;
  readonly declared: Use;
}

/** Types declared in files of the program, not in the library and not by `@emit`. */
function ownTypes(done: Compiled): Type[] {
  const out = new Set<Type>();
  for (const m of done.modules)
    for (const t of m.types.values())
      if (t.home === m && t.decl !== undefined && t.decl.origin === undefined) out.add(t);
  return [...out].filter((t) => t.home?.source.path.startsWith("std/") !== true);
}

function fieldsOf(t: Type): FieldPlace[] {
  const source = t.home?.source as Source;
  const out: FieldPlace[] = [];
  const add = (
    written: readonly { name: string; pos: number }[],
    made: readonly FieldInfo[],
  ): void => {
    for (const w of written) {
      const field = made.find((f) => f.name === w.name);
      if (field !== undefined) out.push({ field, declared: { source, pos: w.pos } });
    }
  };
  if (t.decl?.kind === "Struct") add(t.decl.fields, t.fields ?? []);
  if (t.decl?.kind === "Tagged")
    for (const v of t.decl.variants)
      add(v.fields, (t.variants ?? []).find((x) => x.name === v.name)?.fields ?? []);
  return out;
}

const same = (u: Use, source: Source, pos: number): boolean =>
  u.source.path === source.path && u.pos === pos;

/** Uses whose text is the name, each once. */
function clean(uses: readonly Use[], name: string): Use[] {
  const seen = new Set<string>();
  return uses.filter((u) => {
    const key = `${u.source.path}:${u.pos}`;
    if (seen.has(key) || wordAt(u.source.text, u.pos).word !== name) return false;
    seen.add(key);
    return true;
  });
}

/** Whether a field's name at a place in a pattern is the variable's name too. */
function isShort(done: Compiled, u: Use): boolean {
  return done.locals.some(
    (s) =>
      s.how === "bind" &&
      same(u, s.source, s.pos) &&
      wordAt(u.source.text, u.pos).word === s.name &&
      !/^\w+\s*:/.test(u.source.text.slice(u.pos, u.pos + 200)),
  );
}

/** The edits that give what stands at an offset a new name, or undefined where that cannot be done. */
export function renameEdits(
  done: Compiled,
  source: Source,
  offset: number,
  name: string,
): Edit[] | undefined {
  const { word, start } = wordAt(source.text, offset);
  const fields = ownTypes(done).flatMap(fieldsOf);
  const symbol = symbolAt(done, source, offset);
  if (symbol !== undefined) {
    const patterns = new Set(
      fields.flatMap((f) => usesOf(f.field).map((u) => `${u.source.path}:${u.pos}`)),
    );
    const edits: Edit[] = (places(done, source, offset) ?? []).map((p) => {
      const short =
        symbol.kind === "var" &&
        symbol.how === "bind" &&
        p.pos === symbol.pos &&
        patterns.has(`${p.source.path}:${p.pos}`);
      return { ...p, text: short ? `${word}: ${name}` : name };
    });
    if (symbol.kind === "var" && symbol.how === "bind") {
      // `{ field: variable }`: the symbol's place is the field's.
      const alias = /^\w+\s*:\s*/.exec(symbol.source.text.slice(symbol.pos));
      const pos = symbol.pos + (alias?.[0].length ?? 0);
      if (alias !== null && wordAt(symbol.source.text, pos).word === symbol.name)
        edits.push({ source: symbol.source, pos, length: symbol.name.length, text: name });
    }
    return edits.length === 0 ? undefined : edits;
  }
  const field = fields.find(
    (f) =>
      f.field.name === word && [f.declared, ...usesOf(f.field)].some((u) => same(u, source, start)),
  );
  if (field !== undefined)
    return clean([field.declared, ...usesOf(field.field)], word).map((u) => ({
      ...u,
      length: word.length,
      text: isShort(done, u) ? `${name}: ${word}` : name,
    }));
  const type = ownTypes(done).find(
    (t) => t.name === word && typeUses(done, t).some((u) => same(u, source, start)),
  );
  if (type === undefined) return undefined;
  return clean(typeUses(done, type), word).map((u) => ({ ...u, length: word.length, text: name }));
}

/** A type's declaration, its uses, and the owner's name before each method. */
function typeUses(done: Compiled, t: Type): Use[] {
  const source = t.home?.source as Source;
  const out: Use[] = [{ source, pos: t.decl?.nameAt ?? 0 }, ...usesOf(t)];
  for (const m of done.modules)
    for (const f of m.fns)
      if (f.owner === t) out.push({ source: m.source, pos: f.pos - t.name.length - 1 });
  return out;
}
