/**
 * The REPL's core: what was declared and done so far, and the answer to the next line.
 *
 * Each line makes a program of everything so far; earlier statements run again with their output muted, so that
 * values need no second life outside the language. A line that fails leaves no trace. Pure: output comes back as
 * text, files come through a reader.
 */
import { printFn } from "../bytecode/print.ts";
import { compileFile, checkFile } from "../compile.ts";
import { importsFor, lacking, pieces, type Piece } from "../cli/script.ts";
import { type HostFn, Machine } from "../interp/machine.ts";
import type { Reader } from "../module/load.ts";
import type { Diagnostic } from "../source/diagnostic.ts";
import { decodeUtf8 } from "../source/utf8.ts";

/** What a session needs from outside. */
export interface Outside {
  readonly reader: Reader;
  /** Host functions whose output goes to `write`. */
  readonly hosts: (write: (text: string) => void) => Record<string, HostFn>;
  readonly trap: (o: { readonly trap: string; readonly text: string }) => string;
  /** Calls and jumps that a line may take. */
  readonly fuel: number;
}

const FILE = "repl.tape";
const help = `:type E      the type of an expression
:bytecode F  the bytecode of a function
:load FILE   runs the lines of a file
:reset       forgets everything
:help        this list
:quit        leaves
`;

/** One conversation. */
export class Session {
  readonly #outside: Outside;
  #top: Piece[] = [];
  #done: string[] = [];
  over = false;

  constructor(outside: Outside) {
    this.#outside = outside;
  }

  /** Whether a text is the beginning of something: brackets are open. */
  unfinished(text: string): boolean {
    if (text.startsWith(":")) return false;
    let depth = 0;
    const bare = text.replace(/"(?:\\.|[^"\\\n])*"/g, '""').replace(/\/\/.*$/gm, "");
    for (const ch of bare) {
      if (ch === "{" || ch === "(" || ch === "[") depth++;
      else if (ch === "}" || ch === ")" || ch === "]") depth--;
    }
    return depth > 0 || (bare.match(/"""/g) ?? []).length % 2 === 1;
  }

  /** Answers a line. */
  eval(line: string): string {
    const text = line.trim();
    if (text === "") return "";
    if (text.startsWith(":")) return this.#command(text);
    const list = pieces(text);
    const top = list.filter((p) => p.top);
    const body = list.filter((p) => !p.top);
    const kept = this.#top.filter(
      (old) => !top.some((p) => declared(p) !== undefined && declared(p) === declared(old)),
    );
    const next = [...kept, ...top];
    const last = body[body.length - 1];
    if (last?.shown === true) {
      // A value is shown; what has no text runs as a statement.
      const before = body.slice(0, -1).map(statement);
      const show = `io.println(${last.text});`;
      // An expression without a call has nothing to do again.
      const shown = this.#run(
        next,
        [...before, show],
        last.text.includes("(") ? [...before, show] : before,
      );
      if (
        shown.ok ||
        shown.errors.every((d) => d.code !== "T0403" && d.code !== "T0401" && d.code !== "T0408")
      )
        return this.#settle(shown, next);
      return this.#settle(
        this.#run(next, [...before, `${last.text};`], [...before, `${last.text};`]),
        next,
      );
    }
    const run = body.map(statement);
    return this.#settle(this.#run(next, run, run), next);
  }

  #settle(r: Run, top: Piece[]): string {
    if (!r.ok) return r.errors.map((d) => this.#message(d)).join("");
    if (!r.trapped) {
      this.#top = top;
      this.#done.push(...r.keep);
    }
    return r.output;
  }

  #message(d: Diagnostic): string {
    return `error[${d.code}]: ${d.message}\n${d.help === undefined ? "" : `  ${d.help}\n`}`;
  }

  #text(top: readonly Piece[], body: readonly string[]): string {
    const all = [...top.map((p) => p.text), ...this.#done, ...body].join("\n");
    const own = top
      .filter((p) => p.text.startsWith("import"))
      .map((p) => p.text)
      .join("\n");
    const rest = top
      .filter((p) => !p.text.startsWith("import"))
      .map((p) => p.text)
      .join("\n");
    const mark = 'extern("repl.mark") fn repl_mark();';
    return `${importsFor(all)}\n${own}\n${mark}\n${rest}\nfn main() {\n${this.#done.join("\n")}\nrepl_mark();\n${body.join("\n")}\n}\n`;
  }

  #run(top: Piece[], body: readonly string[], keep: readonly string[]): Run {
    const done = compileFile(FILE, this.#outside.reader, { text: this.#text(top, body) });
    if (done.code === undefined) return { ok: false, errors: done.report.list };
    let muted = true;
    let output = done.printed;
    const hosts = this.#outside.hosts((t) => {
      if (!muted) output += t;
    });
    hosts["repl.mark"] = () => {
      muted = false;
    };
    const o = new Machine(done.code, hosts, { fuel: this.#outside.fuel }).call(done.code.main);
    if (!o.ok) output += `trap: ${this.#outside.trap(o)}\n`;
    return { ok: true, output, trapped: !o.ok, keep };
  }

  #command(text: string): string {
    const [name, ...words] = text.split(/\s+/);
    const rest = words.join(" ");
    switch (name) {
      case ":help":
        return help;
      case ":quit":
        this.over = true;
        return "";
      case ":reset":
        this.#top = [];
        this.#done = [];
        return "forgotten\n";
      case ":type": {
        const done = checkFile(FILE, this.#outside.reader, {
          text: this.#text(this.#top, [`let repl_type = ${rest};`]),
        });
        const sym = done.locals.find((s) => s.name === "repl_type");
        if (done.report.failed || sym === undefined)
          return done.report.list.map((d) => this.#message(d)).join("");
        return `${sym.ty}\n`;
      }
      case ":bytecode": {
        const exported = this.#top.map((p) =>
          p.text.startsWith(`fn ${rest}`) ? { ...p, text: `pub ${p.text}` } : p,
        );
        const done = compileFile(FILE, this.#outside.reader, {
          text: this.#text(exported, []),
          exports: true,
        });
        const at = done.code?.fns.findIndex((f) => f.name === `repl.${rest}`) ?? -1;
        return done.code === undefined || at < 0
          ? `there is no function \`${rest}\`\n`
          : printFn(done.code, done.code.fns[at], at);
      }
      case ":load": {
        const bytes = this.#outside.reader.file(rest);
        if (bytes === undefined) return `there is no file \`${rest}\`\n`;
        return this.eval(decodeUtf8(bytes).text.replace(/fn main\s*\(\)/, "fn loaded_main()"));
      }
      default:
        return `there is no \`${name}\`; :help lists what there is\n`;
    }
  }

  /** Completions of the last word of a line. */
  complete(line: string): string[] {
    const word = /[A-Za-z_:][A-Za-z0-9_]*$/.exec(line)?.[0] ?? "";
    const dot = /([A-Za-z_]\w*)\.(\w*)$/.exec(line);
    if (line.startsWith(":"))
      return [":type", ":bytecode", ":load", ":reset", ":help", ":quit"].filter((c) =>
        c.startsWith(line),
      );
    const done = checkFile(FILE, this.#outside.reader, {
      text: this.#text(this.#top, dot === null ? [] : [`${dot[1]}.x;`]),
      tolerant: true,
    });
    const root = done.modules[done.modules.length - 1];
    if (root === undefined) return [];
    if (dot !== null) {
      const s = root.values.get(dot[1]);
      const names =
        s?.kind === "space"
          ? [...s.module.values].filter(([, v]) => v.kind !== "space" && v.pub).map(([n]) => n)
          : (done.locals.findLast((v) => v.name === dot[1])?.ty.fields ?? []).map((f) => f.name);
      return names.filter((n) => n.startsWith(dot[2])).map((n) => `${dot[1]}.${n}`);
    }
    const names = [
      ...done.locals.map((v) => v.name),
      ...root.values.keys(),
      "io",
      "string",
      "dyn",
      "math",
      "let",
      "var",
      "fn",
      "for",
      "if",
      "match",
      "while",
      "return",
    ];
    return [...new Set(names)].filter((n) => n.startsWith(word) && !n.startsWith("repl_"));
  }
}

type Run =
  | {
      readonly ok: true;
      readonly output: string;
      readonly trapped: boolean;
      readonly keep: readonly string[];
    }
  | { readonly ok: false; readonly errors: readonly Diagnostic[] };

function statement(p: Piece): string {
  return p.text + lacking(p.text);
}

/** What a declaration declares: a later one of the same name replaces it. */
function declared(p: Piece): string | undefined {
  return /^(?:pub )?(?:fn|struct|enum|tagged|const|type|import)\s+([\w.]+)/.exec(p.text)?.[1];
}
