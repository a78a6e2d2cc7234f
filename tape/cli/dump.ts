/** Text dumps after each phase: tokens, syntax tree, types. */
import type { Compiled } from "../compile.ts";
import { parseFile } from "../parse/file.ts";
import { scan } from "../scan/scan.ts";
import * as T from "../scan/token.ts";
import { Report } from "../source/diagnostic.ts";
import { Source } from "../source/position.ts";

/** A line per token: position, kind, text. */
export function dumpTokens(path: string, text: string): string {
  const source = new Source(path, text);
  const t = scan(source, new Report());
  let out = "";
  for (let i = 0; i < t.kinds.length; i++) {
    const at = source.at(t.starts[i]);
    const kind = t.kinds[i];
    const word = text.slice(t.starts[i], t.ends[i]);
    out += `${at.line}:${at.column} ${kind < T.FIRST_SIGN ? T.spellings[kind] : "sign"} ${JSON.stringify(word)}\n`;
  }
  return out;
}

/** The tree with an indentation per level. */
export function dumpAst(path: string, text: string): string {
  const file = parseFile(new Source(path, text), new Report());
  let out = "";
  for (const d of file.decls) out += dumpNode(d, 0);
  return out;
}

function dumpNode(node: unknown, depth: number): string {
  const pad = "  ".repeat(depth);
  if (typeof node !== "object" || node === null) return `${pad}${String(node)}\n`;
  const n = node as Record<string, unknown>;
  const simple: string[] = [];
  let below = "";
  for (const [key, v] of Object.entries(n)) {
    if (
      ["kind", "pos", "end", "nameAt", "attrs", "doc"].includes(key) ||
      v === undefined ||
      v === false ||
      v === ""
    )
      continue;
    if (Array.isArray(v)) {
      if (v.length > 0)
        below += `${pad}  ${key}:\n${v.map((x) => dumpNode(x, depth + 2)).join("")}`;
    } else if (typeof v === "object" && v !== null)
      below += `${pad}  ${key}:\n${dumpNode(v, depth + 2)}`;
    else simple.push(`${key}=${typeof v === "string" ? JSON.stringify(v) : String(v)}`);
  }
  return `${pad}${n.kind ?? "item"}${simple.length > 0 ? ` ${simple.join(" ")}` : ""}\n${below}`;
}

/** Signatures, types and globals of the root module. */
export function dumpTypes(done: Compiled): string {
  const root = done.modules[done.modules.length - 1];
  if (root === undefined) return "";
  let out = "";
  for (const [name, t] of root.types) {
    out += `${t.kind} ${name} size ${t.size} align ${t.align}\n`;
    for (const f of t.fields ?? []) out += `  ${f.offset} ${f.name}: ${f.ty}\n`;
    for (const v of t.variants ?? [])
      out += `  ${v.name} { ${v.fields.map((f) => `${f.name}: ${f.ty}`).join("; ")} }\n`;
    for (const m of t.members ?? []) out += `  ${m.name} = ${m.value}\n`;
  }
  for (const g of root.globals) out += `${g.how} ${g.name}: ${g.ty}\n`;
  for (const f of root.fns) {
    if (f.state !== 2) continue;
    const owner = f.owner === undefined ? "" : `${f.owner}.`;
    const params = f.params.map((p) => `${p.name}: ${p.ty}`).join(", ");
    out += `fn ${owner}${f.name}(${params}) -> ${f.ret}${f.err === undefined ? "" : ` or ${f.err}`}\n`;
  }
  return out;
}
