// One client's place: its source, its conversation, the script that runs for it.
// Invariant: at most one script runs in a place, and it moves on only while it is in nobody's debt: output fetched, answers there.
import { type Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import { handleOf } from "../../sdk/hot/handle-of.ts";
import { open } from "../../sdk/runtime/open.ts";
import { clock, now } from "../../sdk/runtime/time.ts";
import { after, sleep } from "../../sdk/runtime/timers.ts";
import type { Code } from "../../tape/bytecode/program.ts";
import { type NetDoor, netDoor } from "../../sdk/tape/net-hosts.ts";
import { ownFileSource } from "../../sdk/tape/own-files.ts";
import { Session } from "../init/contract.ts";
import { compileInTurns } from "./compile-in-turns.ts";
import { SOURCE_LIMIT } from "./contract.ts";
import { commandCall } from "./command-call.ts";
import { Conversation, unfinished } from "./conversation.ts";
import { type ImageScript, imageScript } from "./image-script.ts";
import { Journal } from "./journal.ts";
import { library } from "./library.ts";
import { imageProgram } from "./native/image-program.ts";
import { nativeLibrary } from "./native/library.ts";
import { noValue, scriptProgram, type Show } from "./program-text.ts";
import type { SavedPlace } from "./saved-place.ts";
import { Script, type ScriptLimits, type State, type World } from "./script.ts";
import { Lent, serviceNames } from "./services.ts";

/** An answer to `run` and `more`. */
export interface Step {
  readonly output: string;
  readonly state: State | "unfinished";
  readonly code: number;
}

/** A `script` stands alone, a `line` goes on where the lines before it ended. */
export type Kind = "script" | "line";

/** Compiles for this process: to machine code where it may have some. */
const compileHere = (text: string) =>
  compileInTurns(text, library, () => sleep(0), nativeLibrary(library.code));

/** A program that came compiled, as machine code where the image has that and it may run. */
async function compiledBefore(path: string, code: Code, file: Uint8Array | undefined) {
  const beside = nativeLibrary(library.code);
  if (file === undefined || beside === undefined) return { code };
  const native = await imageProgram(path, code, file, beside, () => sleep(0));
  return native === undefined ? { code } : { code, native };
}

export class Place {
  readonly lent = new Lent();
  #source: string;
  /** The text of the script under way. */
  #running = "";
  #conversation: Conversation;
  #script: Script | undefined;
  #compiling = false;
  /** Whether the script under way is to be stopped. */
  #stopped = false;
  /** The line under way, and the journal's length before it. */
  #line: { readonly text: string; readonly show: Show; readonly mark: number } | undefined;
  #asked: ((step: Step) => void) | undefined;
  /** Connections of the conversation, and of the script that stands alone. */
  readonly #net: NetDoor;
  #scriptNet: NetDoor | undefined;
  readonly #world: World;

  /** `saved`: it goes on with what the code before had for this client. */
  constructor(saved?: SavedPlace) {
    const { lent } = this;
    this.#source = saved?.source ?? "";
    this.#conversation = new Conversation(saved?.conversation);
    if (saved?.session !== undefined) lent.session = open(Session, saved.session);
    const before = saved && { world: lent.world, saved: saved.net };
    this.#net = netDoor(() => lent.network(), before);
    this.#world = {
      outside: (name, args) => lent.outside(name, args),
      files: ownFileSource,
      net: this.#net,
      now,
      clock,
    };
  }

  /** For new code, between scripts; while one is under way (`busy`), a copy of what it has begun with. */
  save(): SavedPlace {
    const { session } = this.lent;
    return {
      source: this.#source,
      conversation: this.#conversation.save(),
      ...(session === undefined || session.closed ? {} : { session: handleOf(session) }),
      net: this.#net.save(),
    };
  }

  /** What is under way, for people; undefined between scripts. */
  busy(): string | undefined {
    if (!this.#compiling && this.#script === undefined) return undefined;
    const what = this.#compiling ? "is being compiled" : "runs";
    const text = this.#running.replaceAll("\n", " ");
    return `the script \`${text.length > 40 ? `${text.slice(0, 40)}...` : text}\` ${what}`;
  }

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
  run(kind: Kind, show: Show, limits: ScriptLimits): Promise<Step> | Step | Failure {
    if (this.#script?.state === "running")
      return refuse(failures.BUSY, "a script runs in this place already; stop it, or open another");
    if (this.#compiling)
      return refuse(failures.BUSY, "a script is being compiled in this place; open another");
    let text = this.#source;
    this.#source = "";
    this.#running = text;
    const script = imageScript(text);
    if (typeof script === "string") return { output: `${script}\n`, state: "refused", code: 0 };
    if (script !== undefined) {
      this.#compiling = true;
      void this.#prepareFile(script, limits);
      return this.more();
    }
    if (kind === "line" && unfinished(text)) return { output: "", state: "unfinished", code: 0 };
    if (kind === "line") {
      const call = commandCall(text, this.#conversation.names(), serviceNames);
      if ("refused" in call) return { output: `${call.refused}\n`, state: "refused", code: 0 };
      text = call.text;
    }
    this.#compiling = true;
    void this.#prepare(kind, text, show, limits);
    return this.more();
  }

  /** Compiles, if need be once more with a last expression that has no value not shown, and begins. */
  async #prepare(kind: Kind, text: string, show: Show, limits: ScriptLimits): Promise<void> {
    this.#stopped = false;
    let script = await this.#begin(kind, text, limits, show);
    if (script.errors.some(noValue))
      script = await this.#begin(kind, text, limits, "nothing", script);
    this.#script = script;
    this.#compiling = false;
    if (this.#stopped) script.stop("");
    this.#soon();
  }

  /** Begins a script of the image. */
  async #prepareFile({ args, text, code, file }: ImageScript, limits: ScriptLimits): Promise<void> {
    this.#stopped = false;
    this.#line = undefined;
    const whole = { text, place: (at: number) => at, whole: true };
    const program = code === undefined ? scriptProgram(text, serviceNames, "nothing") : whole;
    const compiled =
      code === undefined
        ? await compileHere(program.text)
        : { ...(await compiledBefore(text, code, file)), errors: [], printed: "" };
    const journal = new Journal(false);
    this.#script = new Script(
      program,
      text,
      limits,
      this.#ownWorld(),
      journal,
      compiled,
      false,
      args,
    );
    this.#compiling = false;
    if (this.#stopped) this.#script.stop("");
    this.#soon();
  }

  /** The world of a script that stands alone: its connections end with it. */
  #ownWorld(): World {
    this.#scriptNet = netDoor(() => this.lent.network());
    return { ...this.#world, net: this.#scriptNet };
  }

  /** The script, a last expression shown; `first` is what failed for want of text, and stays when this way fails too. */
  async #begin(
    kind: Kind,
    text: string,
    limits: ScriptLimits,
    show: Show,
    first?: Script,
  ): Promise<Script> {
    const { journal } = kind === "line" ? this.#conversation : { journal: new Journal(false) };
    const program =
      kind === "line"
        ? this.#conversation.program(text, serviceNames, show)
        : scriptProgram(text, serviceNames, show);
    const compiled = await compileHere(program.text);
    if (compiled.code === undefined && first !== undefined) return first;
    this.#line = kind === "line" ? { text, show, mark: journal.rewind() } : undefined;
    const world = kind === "line" ? this.#world : this.#ownWorld();
    return new Script(program, text, limits, world, journal, compiled, kind === "line");
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
    this.#stopped = true;
    this.#script?.stop("");
    this.#tell();
  }

  close(): void {
    this.stop();
    this.#net.close();
    this.#scriptNet?.close();
    this.lent.close();
  }

  /** What can be told now. */
  #step(): Step | undefined {
    const script = this.#script;
    if (this.#compiling) return undefined;
    if (script === undefined) return { output: "", state: "done", code: 0 };
    const { output } = script;
    if (script.state === "running" && output.empty) return undefined;
    const piece = output.next();
    if (script.state === "running" || !output.empty)
      return { output: piece, state: "running", code: 0 };
    this.#script = undefined;
    this.#scriptNet?.close();
    this.#scriptNet = undefined;
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
    if (this.#conversation.keep(line.text, line.mark, line.show) !== undefined) return "";
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
