// Lines that go on where the lines before them ended: declarations and statements are kept, and each line's program holds them all.
// Invariant: a line that fails leaves no trace in the program; what it did outside is done.
import { Journal } from "./journal.ts";
import {
  addStatement,
  Composer,
  ending,
  neededImports,
  type Placed,
  placedPieces,
  type ProgramText,
  type Show,
  shown as around,
} from "./program-text.ts";

/** Statements and declarations that are kept, in characters. */
const KEPT = 32_768;

/** Errors of a shown value that has no text: it runs as a statement instead. */
export const noText = ["T0401", "T0403", "T0408"];

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

export class Conversation {
  readonly journal = new Journal();
  #top: string[] = [];
  #done: string[] = [];

  /** The program of a line. */
  program(line: string, services: readonly string[], show: Show): ProgramText {
    const all = placedPieces(line);
    const top = this.#kept(all);
    const done = this.#done.join("");
    const shows = show !== "nothing" && all.some((piece) => piece.shown) ? " io.println()" : "";
    const composer = new Composer();
    composer.add(`${neededImports(`${top.join("\n")}\n${done}\n${line}${shows}`, services)}\n`);
    for (const imports of [true, false]) {
      for (const text of top) if (text.startsWith("import") === imports) composer.add(`${text}\n`);
      for (const piece of all)
        if (piece.top && piece.text.startsWith("import") === imports) {
          composer.own(piece.text, piece.from);
          composer.add("\n");
        }
      if (imports) composer.add('extern("repl.mark") fn repl_mark();\n');
    }
    composer.add(`fn main() {\n${done}repl_mark();\n`);
    for (const piece of all) if (!piece.top) addStatement(composer, piece, piece.from, show);
    composer.add("}\n");
    return composer.done();
  }

  /** Keeps a line that ended well; false when there is no room for more lines. */
  keep(line: string, show: Show): boolean {
    const all = placedPieces(line);
    this.#top = [...this.#kept(all), ...all.filter((piece) => piece.top).map(({ text }) => text)];
    for (const { text, shown, top } of all) {
      // a value without a call has nothing to do again
      if (top || (shown && !text.includes("("))) continue;
      const [before, behind] = shown && show !== "nothing" ? around[show] : ["", ending(text)];
      this.#done.push(`${before}${text}${behind}`);
    }
    return [...this.#top, ...this.#done].reduce((sum, text) => sum + text.length, 0) < KEPT;
  }

  /** Earlier declarations that the new ones leave standing. */
  #kept(all: readonly Placed[]): string[] {
    const names = all.filter((piece) => piece.top).map(({ text }) => declares(text));
    return this.#top.filter((text) => !names.includes(declares(text)));
  }
}
