// Lines that go on where the lines before them ended: declarations and statements are kept, and each line's program holds them all.
// Invariant: a line that fails leaves no trace in the program; what it did outside is done.
import type { Names } from "./command-call.ts";
import { Journal } from "./journal.ts";
import { journalAnswers, journalText } from "./journal-text.ts";
import type { SavedConversation } from "./saved-place.ts";
import {
  addStatement,
  Composer,
  ending,
  neededImports,
  type Placed,
  placedPieces,
  type ProgramText,
  SHOW,
  type Show,
  topEnding,
} from "./program-text.ts";

/** Statements and declarations that are kept, in characters. */
const KEPT = 32_768;

/** What a declaration declares: a later one of the same name replaces it. */
function declares(text: string): string | undefined {
  return /^(?:pub )?(?:fn|struct|enum|tagged|const|type|import)\s+([\w.]+)/.exec(text)?.[1];
}

/** Whether brackets or a long string are open. */
export function unfinished(text: string): boolean {
  let depth = 0;
  const bare = text.replace(/"(?:\\.|[^"\\\n])*"/g, '""').replace(/\/\/.*$/gm, "");
  for (let i = 0; i < bare.length; i += 1) {
    const letter = bare[i] as string;
    if ("{([".includes(letter)) depth += 1;
    else if ("})]".includes(letter)) depth -= 1;
  }
  return depth > 0 || (bare.match(/"""/g) ?? []).length % 2 === 1;
}

/** What statements declare at their level. */
function variables(text: string): string[] {
  return [...text.matchAll(/(?:^|[;}]\s*)(?:let|var|const)\s+(\w+)/g)].map(
    ([, name]) => name as string,
  );
}

function importedNames(text: string): string[] {
  const list = /^import\s*(?:{([^}]*)}|(\w+))/.exec(text);
  return (list?.[1] ?? list?.[2] ?? "").split(",").map(
    (each) =>
      each
        .trim()
        .split(/\s+as\s+/)
        .pop() as string,
  );
}

export class Conversation {
  readonly journal: Journal;
  #top: string[];
  #done: string[];

  /** `saved`: it goes on with what the code before has kept. */
  constructor(saved?: SavedConversation) {
    this.journal = new Journal(true, saved && journalAnswers(saved.journal));
    this.#top = saved?.top ?? [];
    this.#done = saved?.done ?? [];
  }

  /** For new code: the lines, and what the world outside has answered to them. */
  save(): SavedConversation {
    const journal = journalText(this.journal.answers);
    return { top: [...this.#top], done: [...this.#done], journal };
  }

  /** The program of a line. */
  program(line: string, services: readonly string[], show: Show): ProgramText {
    const all = placedPieces(line);
    const top = this.#kept(all);
    const done = this.#done.join("");
    const shows = show !== "nothing" && all.some((piece) => piece.shown) ? SHOW : "";
    const composer = new Composer();
    const listens = /(^|[^.\w])on\s*\(/.test(line) ? " run_events()" : "";
    const text = `${top.join("\n")}\n${done}\n${line}${listens}`;
    composer.add(`${neededImports(text, services)}${shows}\n`);
    for (const imports of [true, false]) {
      for (const text of top)
        if (text.startsWith("import") === imports) composer.add(text + topEnding(text));
      for (const piece of all)
        if (piece.top && piece.text.startsWith("import") === imports) {
          composer.own(piece.text, piece.from);
          composer.add(topEnding(piece.text));
        }
      if (imports) composer.add('extern("repl.mark") fn repl_mark();\n');
    }
    composer.add(`fn main() {\n${done}repl_mark();\n`);
    for (const piece of all) if (!piece.top) addStatement(composer, piece, piece.from, show);
    composer.add(listens ? "run_events();\n}\n" : "}\n");
    return composer.done();
  }

  /** Keeps a line that ended well, and gives whether it has to run again; undefined when there is no room for more lines. */
  keep(line: string, mark: number, show: Show): boolean | undefined {
    const all = placedPieces(line);
    this.#top = [...this.#kept(all), ...all.filter((piece) => piece.top).map(({ text }) => text)];
    const statements = all.filter((piece) => !piece.top);
    const again = statements.some(({ text }) => this.#matters(text));
    // what changes nothing that was declared has nothing to do again, and its answers are not wanted again
    if (!again) this.journal.cut(mark);
    else
      for (const { text, shown } of statements) {
        // a value that nobody takes is no statement
        const value = shown && show !== "nothing" ? `let line_${this.#done.length} = ` : "";
        this.#done.push(`${value}${text}${ending(text)}`);
      }
    const size = [...this.#top, ...this.#done].reduce((sum, text) => sum + text.length, 0);
    return size < KEPT ? again : undefined;
  }

  /** The names that lines have declared. */
  names(): Names {
    const functions: string[] = [];
    const others: string[] = [];
    for (const text of this.#top) {
      const [, kind, name] = /^(?:pub )?(\w+)\s+(\w+)/.exec(text) ?? [];
      if (kind === "import") others.push(...importedNames(text));
      else if (name !== undefined) (kind === "fn" ? functions : others).push(name);
    }
    for (const text of this.#done) others.push(...variables(text));
    return { functions, others };
  }

  /** Whether a statement declares something, or may change what was declared. */
  #matters(text: string): boolean {
    if (variables(text).length > 0) return true;
    if (!/\(|[^=!<>]=[^=]/.test(text)) return false;
    const { functions, others } = this.names();
    const words = text.match(/[A-Za-z_]\w*/g) ?? [];
    return words.some((word) => functions.includes(word) || others.includes(word));
  }

  /** Earlier declarations that the new ones leave standing. */
  #kept(all: readonly Placed[]): string[] {
    const names = all.filter((piece) => piece.top).map(({ text }) => declares(text));
    return this.#top.filter((text) => !names.includes(declares(text)));
  }
}
