// The program around a script: library imports by need, declarations at top level, statements in `main`, and a last expression shown.
// Invariant: `place` knows for each offset of the program where the script has it, so that errors point at what was typed.
import { importsFor, lacking, type Piece, pieces } from "../../tape/cli/script.ts";

/** A run of the script's text inside the program. */
interface Run {
  readonly at: number;
  readonly from: number;
  readonly length: number;
}

/** A program and where its parts come from. */
export interface ProgramText {
  readonly text: string;
  /** Offset in the script of an offset in the program; undefined for what was added. */
  place(at: number): number | undefined;
  /** whether all of it is the author's: a file, not lines of a script */
  readonly whole?: boolean;
}

/** Functions that a script may call by their bare names, by the module that has them. */
export const bare: readonly (readonly [string, readonly string[]])[] = [
  ["sys", ["ps", "services", "log", "memory", "uptime", "caps", "kill", "restart"]],
  ["sys", ["poweroff", "reboot", "sleep", "on", "run_events"]],
  ["shell", ["help", "echo", "mem", "ip", "arp", "ping", "traceroute", "host", "nc", "ss"]],
  ["shell", ["clear", "exit", "tier"]],
  ["dyn", ["where", "each", "collect", "reduce", "find", "sum", "take", "reverse", "sort"]],
  ["dyn", ["sort_by", "join", "split", "len", "keys", "values"]],
];

const used = (text: string, name: string, then: string) =>
  new RegExp(`(^|[^.\\w])${name}\\s*${then}`).test(text);
const declared = (text: string, name: string) =>
  new RegExp(`(let|var|fn|import|const)\\s+${name}\\b`).test(text) ||
  new RegExp(`import\\s*{[^}]*\\b${name}\\b`).test(text);

/** Imports for what the text names: library modules, `sys`, services, bare functions. */
export function neededImports(text: string, services: readonly string[]): string {
  let out = importsFor(text);
  for (const name of ["sys", "set"])
    if (used(text, name, "\\.") && !declared(text, name)) out += `import ${name} from "${name}"; `;
  for (const service of services) {
    const name = service.replaceAll("-", "_");
    if (used(text, name, "\\.") && !declared(text, name))
      out += `import ${name} from "svc:${service}"; `;
  }
  for (const [module, names] of bare) {
    const wanted = names.filter((name) => used(text, name, "\\(") && !declared(text, name));
    if (wanted.length > 0) out += `import { ${wanted.join(", ")} } from "${module}"; `;
  }
  return out;
}

/** Puts a program together and keeps where the script's pieces went. */
export class Composer {
  text = "";
  readonly #runs: Run[] = [];

  add(text: string): void {
    this.text += text;
  }

  /** Adds text that stands at `from` in the script. */
  own(text: string, from: number): void {
    this.#runs.push({ at: this.text.length, from, length: text.length });
    this.text += text;
  }

  done(): ProgramText {
    const runs = this.#runs;
    return {
      text: this.text,
      place(at) {
        for (const run of runs)
          if (at >= run.at && at <= run.at + run.length) return run.from + at - run.at;
        return undefined;
      },
    };
  }
}

/** A piece and where it stands in the script. */
export interface Placed extends Piece {
  readonly from: number;
}

/** Whether an expression is there for its effect: a pipe that ends in `each` passes its list on, which nobody wants to read. */
function forEffect(text: string): boolean {
  let depth = 0;
  let last = 0;
  for (let i = 0; i < text.length; i += 1) {
    const letter = text[i] as string;
    if ("{([".includes(letter)) depth += 1;
    else if ("})]".includes(letter)) depth -= 1;
    else if (depth === 0 && letter === "|" && text[i + 1] === ">") last = i + 2;
  }
  return /^\s*(dyn\.)?each\s*\(/.test(text.slice(last));
}

/** Whether a text changes a variable, a field or an element, and so has no value. */
const assigns = (text: string) =>
  /^\s*[A-Za-z_][\w.]*(?:\[[^\]]*\][\w.]*)*\s*(?:[-+*/%&|^]|<<|>>)?=(?![=>])/.test(text);

/** What ends a declaration that was typed without its `;`: only an import and a constant need one. */
export const topEnding = (text: string) =>
  /^(import|const|type|pub const|pub type)\b/.test(text) && !text.endsWith(";") ? ";\n" : "\n";

/** The pieces of a script with their offsets. */
export function placedPieces(text: string): Placed[] {
  let cursor = 0;
  return pieces(text).map((piece) => {
    const from = Math.max(text.indexOf(piece.text, cursor), cursor);
    cursor = from + piece.text.length;
    return { ...piece, from, shown: piece.shown && !forEffect(piece.text) && !assigns(piece.text) };
  });
}

/** What ends a statement that was typed without its `;`. */
export const ending = (text: string) => `${lacking(text)}\n`;

/** How a last expression is shown: for people, as JSON, or not since it has no value. */
export type Show = "value" | "json" | "nothing";

/** What stands around the expression. */
export const shown = {
  value: ["show.show(", ");\n"],
  json: ["show.as_json(", ");\n"],
} as const;

/** The import that shown expressions need. */
export const SHOW = 'import show from "show"; ';

/** Whether an error says that the last expression has no value to show. */
export const noValue = ({ code, message }: { readonly code: string; readonly message: string }) =>
  code === "T0401" && message === "expected `dyn`, found `void`";

/** The program of a script. */
export function scriptProgram(
  script: string,
  services: readonly string[],
  show: Show,
): ProgramText {
  const composer = new Composer();
  if (/(^|[^.\w])fn\s+main\s*\(/.test(script)) {
    composer.own(script, 0);
    return composer.done();
  }
  const all = placedPieces(script);
  const shows = show !== "nothing" && all.some((piece) => piece.shown);
  const listens = used(script, "on", "\\(") && !declared(script, "on");
  const imports = neededImports(`${script}${listens ? " run_events()" : ""}`, services);
  composer.add(`${imports}${shows ? SHOW : ""}\n`);
  for (const imports of [true, false])
    for (const piece of all)
      if (piece.top && piece.text.startsWith("import") === imports) {
        composer.own(piece.text, piece.from);
        composer.add(topEnding(piece.text));
      }
  composer.add("fn main() {\n");
  for (const piece of all) if (!piece.top) addStatement(composer, piece, piece.from, show);
  composer.add(listens ? "run_events();\n}\n" : "}\n");
  return composer.done();
}

/** Adds a statement; the value of a shown one is printed. */
export function addStatement(composer: Composer, piece: Piece, from: number, show: Show): void {
  if (piece.shown && show !== "nothing") {
    const [before, behind] = shown[show];
    composer.add(before);
    composer.own(piece.text, from);
    composer.add(behind);
  } else {
    composer.own(piece.text, from);
    composer.add(ending(piece.text));
  }
}
