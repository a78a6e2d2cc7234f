/**
 * Lines of script as a whole program: declarations go to top level, statements into `main`, and a last expression
 * without `;` is printed. Library modules that the text names are imported.
 */
import { Source } from "../source/position.ts";
import { Report } from "../source/diagnostic.ts";
import { scan } from "../scan/scan.ts";
import * as T from "../scan/token.ts";

const libraries = ["io", "string", "dyn", "math", "mem", "list", "map", "time", "json", "os", "fs"];
const declares = new Set([
  "fn",
  "struct",
  "enum",
  "tagged",
  "union",
  "import",
  "type",
  "const",
  "pub",
  "extern",
  "attr",
  "test",
]);

/** One piece of a line: its text and whether it belongs to top level. */
export interface Piece {
  readonly text: string;
  readonly top: boolean;
  /** An expression without `;`, whose value is shown. */
  readonly shown: boolean;
}

/** Splits text into declarations, statements and a last expression. */
export function pieces(text: string): Piece[] {
  const source = new Source("line", text);
  const t = scan(source, new Report());
  const out: Piece[] = [];
  let start = 0;
  let depth = 0;
  const flush = (to: number, ended: boolean): void => {
    const from = t.starts[start];
    const body = text.slice(from, t.ends[to]).trim();
    start = to + 1;
    if (body === "" || body === ";") return;
    const first = T.spellings[t.kinds[t.kinds.indexOf(t.kinds[to - (to - (start - 1))])] ?? 0];
    void first;
    const word = /^@?[A-Za-z_]+/.exec(body)?.[0] ?? "";
    const top =
      (declares.has(word) && !(word === "fn" && /^fn\s*\(/.test(body))) || word === "@tape";
    const statement =
      /^(let|var|if|while|for|match|return|defer)\b/.test(body) || body.startsWith("{");
    out.push({ text: body, top, shown: !ended && !top && !statement });
  };
  for (let i = 0; i < t.kinds.length - 1; i++) {
    const s = T.spellings[t.kinds[i]];
    if (s === "{" || s === "(" || s === "[" || t.kinds[i] === T.STR_HEAD) depth++;
    else if (s === "}" || s === ")" || s === "]" || t.kinds[i] === T.STR_TAIL) depth--;
    if (depth > 0) continue;
    if (s === ";") flush(i, true);
    else if (s === "}") {
      const first = /^\s*@?([A-Za-z_]+)/.exec(text.slice(t.starts[start]))?.[1] ?? "";
      const next = T.spellings[t.kinds[i + 1]];
      const block =
        declares.has(first) ||
        ["if", "while", "for", "match", "tape"].includes(first) ||
        text[t.starts[start]] === "{";
      if (block && next !== "else" && next !== ";" && first !== "import") flush(i, true);
    }
  }
  if (start < t.kinds.length - 1) flush(t.kinds.length - 2, false);
  return out;
}

/** What a statement that was typed without its `;` lacks: a block ends with its brace, a value in braces does not. */
export const lacking = (text: string): string =>
  text.endsWith(";") || (/^(if|while|for|match|defer|errdefer|\{)/.test(text) && text.endsWith("}"))
    ? ""
    : ";";

/** Imports for the library modules that a text uses. */
export function importsFor(text: string): string {
  return libraries
    .filter(
      (name) =>
        new RegExp(`(^|[^.\\w])${name}\\.`).test(text) &&
        !new RegExp(`import\\s+${name}\\s+from`).test(text),
    )
    .map((name) => `import ${name} from "${name}"; `)
    .join("");
}

/** The whole program for a script, and whether anything is shown. */
export function scriptText(text: string): { text: string } {
  const all = pieces(text);
  const top = all
    .filter((p) => p.top)
    .map((p) => p.text)
    .join("\n");
  const body = all
    .filter((p) => !p.top)
    .map((p) => (p.shown ? `io.println(${p.text});` : p.text + lacking(p.text)))
    .join("\n");
  const imports = importsFor(`${text} ${body}`);
  const own = all
    .filter((p) => p.top && p.text.startsWith("import"))
    .map((p) => p.text)
    .join(" ");
  const rest = all
    .filter((p) => p.top && !p.text.startsWith("import"))
    .map((p) => p.text)
    .join("\n");
  void top;
  return { text: `${imports}${own}${rest}${rest === "" ? "" : "\n"}fn main() { ${body} }\n` };
}
