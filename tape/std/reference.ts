/** `spec/library.md`: each public function with its signature, comment and example, from the sources. */
import { checkFile } from "../compile.ts";
import type { FnSym } from "../check/symbol.ts";
import { describe } from "../lsp/query.ts";
import { tableReader } from "../testing/run.ts";
import { examples } from "./examples.ts";

/** Public functions of a library module, in order of declaration; templates count as one. */
export function publicFunctions(name: string): FnSym[] {
  const text = `import m from "${name}";\nfn main() {}\n`;
  const done = checkFile("reference.tape", tableReader(), { text });
  const m = done.modules.find((x) => x.key === `std:${name}`);
  const out = (m?.fns ?? []).filter((f) => f.pub && f.decl?.origin === undefined);
  for (const f of out) if (f.decl?.tape !== true) done.program?.demand(f);
  return out;
}

function signatureOf(f: FnSym): string {
  if (f.decl?.tape !== true) return describe(f);
  return `@tape fn ${f.name}(${f.decl.params.map((p) => `${p.name}: ${p.type?.kind === "TName" ? p.type.path.join(".") : "?"}`).join(", ")})`;
}

/** The page. */
export function libraryText(): string {
  let out = "# Library\n\nMade from the sources in `tape/std/`; every example is run by a test.\n";
  for (const [name, list] of Object.entries(examples)) {
    out += `\n## ${name}\n`;
    for (const f of publicFunctions(name)) {
      out += `\n\`${signatureOf(f)}\``;
      const doc = f.decl?.doc;
      out += doc === undefined ? "\n" : `: ${doc.replace(/\n/g, " ")}\n`;
    }
    out += "\n| example | prints |\n|---|---|\n";
    for (const [code, output] of list)
      out += `| \`${code.replace(/\|/g, "\\|")}\` | \`${output.replace(/\|/g, "\\|")}\` |\n`;
  }
  return out;
}
