// What a person says to the shell beyond its built-in commands: lines of Tape that go on where the lines before them ended.
// Invariant: the interpreter starts with the first such line and lives until logout; when its process ends, that is told once, and the
// next line has a new one.
import { Failure, refuse } from "../../sdk/contract/failure.ts";
import type { Context } from "./commands/command.ts";
import { follow, type Interpreter, isGone, openPlace } from "./commands/interpreter.ts";

/** Words that ask for a built-in command; `ps |> where(...)` is a line of Tape. */
export function isCommand(line: string, names: readonly string[]): boolean {
  const [, word = "", rest = ""] = /^\s*(\S+)\s*(.*)$/.exec(line) ?? [];
  return names.includes(word) && !rest.startsWith("|>");
}

export class TapeLines {
  #interpreter: Interpreter | undefined;

  /** `interpreter`: one that lives already. */
  constructor(interpreter?: Interpreter) {
    this.#interpreter = interpreter;
  }

  /** The interpreter, when it lives. */
  get interpreter(): Interpreter | undefined {
    return this.#interpreter?.closed === false ? this.#interpreter : undefined;
  }

  /** Runs a line, asking for more of it while brackets are open. */
  async run(line: string, context: Context): Promise<Failure | "logout" | undefined> {
    let interpreter = this.#interpreter;
    if (interpreter === undefined || interpreter.closed) {
      const opened = await openPlace(context);
      if (opened instanceof Failure) {
        const sentence = `only the commands of \`help\` can be had, not Tape: ${opened.sentence}`;
        return refuse(opened.code, sentence);
      }
      interpreter = opened;
      this.#interpreter = opened;
    }
    let text = line;
    for (;;) {
      const state = await follow(interpreter, context, "line", text);
      if (state instanceof Failure) {
        if (isGone(state) || interpreter.closed) this.close();
        return state;
      }
      if (state === "left") return "logout";
      if (state !== "unfinished") return undefined;
      const more = await context.terminal.ask("....> ");
      if (typeof more === "string") return undefined;
      text += `\n${more.text}`;
    }
  }

  close(): void {
    this.#interpreter?.close();
    this.#interpreter = undefined;
  }
}
