/**
 * A library module's text without what a precompiled library does not need: bodies of functions, and comments.
 *
 * Kept are the bodies that the checker reads: of compile-time functions, of methods that may change `self`, and of functions whose
 * result is found from their `return`.
 */
import type { FnDecl } from "../parse/ast.ts";
import { parseFile } from "../parse/file.ts";
import { formatHuman, Report } from "../source/diagnostic.ts";
import { Source } from "../source/position.ts";

function isRead(decl: FnDecl, infers: boolean): boolean {
  return decl.tape || decl.params[0]?.self === "pointer" || (infers && decl.ret === undefined);
}

/** The interface of a module. @throws Error when it does not parse */
export function interfaceText(name: string, text: string): string {
  const report = new Report();
  const file = parseFile(new Source(`std/${name}.tape`, text), report);
  if (report.failed) throw new Error(report.list.map(formatHuman).join("\n"));
  // only scripts (t2) find a result from the body
  const infers = (file.profile ?? "t2") === "t2";
  let out = "";
  let from = 0;
  for (const decl of file.decls) {
    if (decl.kind !== "Fn" || decl.body === undefined || isRead(decl, infers)) continue;
    out += `${text.slice(from, decl.body.pos)}{}`;
    from = decl.body.end;
  }
  out += text.slice(from);
  if (out.includes('"""')) return out;
  return out
    .split("\n")
    .filter((line) => !/^\s*(\/\/|$)/.test(line))
    .join("\n");
}
