// One client's place: its source, its conversation, the script that runs for it.
// Invariant: at most one script runs in a place, and it moves on only while it is in nobody's debt: output fetched, answers there.
import { type Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import { clock, now } from "../../sdk/runtime/time.ts";
import { after } from "../../sdk/runtime/timers.ts";
import { SOURCE_LIMIT } from "./contract.ts";
import { Conversation, noText, unfinished } from "./conversation.ts";
import { Journal } from "./journal.ts";
import { library } from "./library.ts";
import { scriptProgram } from "./program-text.ts";
import { Script, type ScriptLimits, type State, type World } from "./script.ts";
import { Lent, serviceNames } from "./services.ts";

/** An answer to `run` and `more`. */
export interface Step {
  readonly output: string;
  readonly state: State | "unfinished";
  readonly code: number;
}

export class Place {
  readonly lent = new Lent();
  #source = "";
  #conversation = new Conversation();
  #script: Script | undefined;
  /** The line under way, and the journal's length before it. */
  #line: { readonly text: string; readonly shown: boolean; readonly mark: number } | undefined;
  #asked: ((step: Step) => void) | undefined;
  readonly #world: World = {
    library,
    outside: (name, args) => this.lent.outside(name, args),
    now,
    clock,
  };

  /** Adds a piece of source. */
  add(text: string): object | Failure {
    if (this.#source.length + text.length > SOURCE_LIMIT) {
      this.#source = "";
      return refuse(failures.LIMIT, `a script has at most ${SOURCE_LIMIT} characters`);
    }
    this.#source += text;
    return {};
  }

  forget(): void {
    this.#conversation = new Conversation();
  }

  /** Compiles and begins; resolves with the first step. */
  run(kind: "script" | "line", limits: ScriptLimits): Promise<Step> | Step | Failure {
    if (this.#script?.state === "running")
      return refuse(failures.BUSY, "a script runs in this place already; stop it, or open another");
    const text = this.#source;
    this.#source = "";
    if (kind === "line" && unfinished(text)) return { output: "", state: "unfinished", code: 0 };
    this.#script = this.#begin(kind, text, limits, true);
    if (this.#script.codes.some((code) => noText.includes(code)))
      this.#script = this.#begin(kind, text, limits, false, this.#script);
    this.#soon();
    return this.more();
  }

  /** The script, with a last expression shown; or, when that failed for want of text, without: `first` stays when it fails too. */
  #begin(
    kind: "script" | "line",
    text: string,
    limits: ScriptLimits,
    shown: boolean,
    first?: Script,
  ): Script {
    let script: Script;
    if (kind === "script") {
      this.#line = undefined;
      const program = scriptProgram(text, serviceNames, shown);
      script = new Script(program, text, limits, this.#world, new Journal());
    } else {
      const { journal } = this.#conversation;
      this.#line = { text, shown, mark: journal.rewind() };
      const program = this.#conversation.program(text, serviceNames, shown);
      script = new Script(program, text, limits, this.#world, journal, true);
    }
    return script.state === "refused" && first !== undefined ? first : script;
  }

  /** The next step; waits until there is one. */
  more(): Promise<Step> | Step {
    const ready = this.#step();
    if (ready !== undefined) return ready;
    this.#asked?.({ output: "", state: "running", code: 0 });
    return new Promise((resolve) => {
      this.#asked = resolve;
    });
  }

  stop(): void {
    this.#script?.stop("");
    this.#tell();
  }

  close(): void {
    this.stop();
    this.lent.close();
  }

  /** What can be told now. */
  #step(): Step | undefined {
    const script = this.#script;
    if (script === undefined) return { output: "", state: "done", code: 0 };
    const { output } = script;
    if (script.state === "running" && output.empty) return undefined;
    const piece = output.next();
    if (script.state === "running" || !output.empty)
      return { output: piece, state: "running", code: 0 };
    this.#script = undefined;
    return { output: piece + this.#settle(script.state), state: script.state, code: script.code };
  }

  /** Keeps a line that ended well. */
  #settle(state: State): string {
    const line = this.#line;
    if (line === undefined) return "";
    if (state !== "done") {
      this.#conversation.journal.cut(line.mark);
      return "";
    }
    if (this.#conversation.keep(line.text, line.shown)) return "";
    this.forget();
    return "the lines so far are too many to keep: they are forgotten\n";
  }

  #tell(): void {
    if (this.#asked === undefined) return;
    const step = this.#step();
    if (step === undefined) return;
    const answer = this.#asked;
    this.#asked = undefined;
    answer(step);
  }

  /** A slice, in a turn of its own; then what comes next. */
  #soon(): void {
    const script = this.#script;
    if (script === undefined || script.state !== "running") {
      this.#tell();
      return;
    }
    after(0, () => {
      if (this.#script !== script) return;
      script.advance();
      this.#tell();
      if (script.waiting === undefined) this.#soon();
      else void script.waiting.then(() => this.#soon());
    });
  }
}
