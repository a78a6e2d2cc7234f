// One compiled script on its way: it runs in slices between which the server does its other work.
// Invariant: after each slice the script has ended, waits for something, or goes on; no slice takes more than SLICE calls and rounds.
import { run } from "../../tape/interp/dispatch.ts";
import { formatHosts } from "../../tape/interp/format.ts";
import { type HostCall, HostExit, type HostFn, Machine } from "../../tape/interp/machine.ts";
import { traps } from "../../tape/bytecode/op-table.ts";
import type { Diagnostic } from "../../tape/source/diagnostic.ts";
import type { Compiled } from "./compile-in-turns.ts";
import { errorText, trapText } from "./errors.ts";
import { exchangeHosts, type Outside } from "./exchange.ts";
import type { Journal } from "./journal.ts";
import { Output } from "./output.ts";
import type { ProgramText } from "./program-text.ts";
import { Table } from "./table.ts";

/** Calls and loop rounds of a slice: a few milliseconds of an interpreter on an interpreter. */
const SLICE = 400;
/** Deepest nesting of calls. */
const DEPTH = 1_000;
/** Most pages of memory that a run may ask for. */
export const PAGES = 96;

const FUEL = traps.indexOf("out of fuel");
const TRAP = traps.indexOf("trap");

export interface ScriptLimits {
  readonly fuel: number;
  readonly pages: number;
  readonly time: number;
}

/** What a script needs of the server. */
export interface World {
  readonly outside: Outside;
  /** ns since boot, and UTC in ns since 1970. */
  now(): number;
  clock(): number;
}

export type State = "running" | "done" | "refused" | "trapped" | "stopped";

/** A compiled script. */
export class Script {
  state: State = "running";
  code = 0;
  readonly output = new Output();
  /** While it waits: resolves when it can go on. */
  waiting: Promise<void> | undefined;
  #machine: Machine | undefined;
  #begun = false;
  #left = 0;
  #deadline = 0;
  readonly #world: World;
  readonly #program: ProgramText;
  readonly #script: string;

  /** @param muted whether output is dropped until the program calls `repl.mark` */
  constructor(
    program: ProgramText,
    script: string,
    limits: ScriptLimits,
    world: World,
    journal: Journal,
    compiled: Compiled,
    muted = false,
  ) {
    this.#world = world;
    this.#program = program;
    this.#script = script;
    this.output.muted = muted;
    if (compiled.code === undefined) {
      this.output.muted = false;
      this.errors = compiled.errors;
      this.output.write(compiled.printed + errorText(compiled.errors, program, script));
      if (compiled.fault !== undefined)
        this.output.write(
          `error: the script does not compile here: ${compiled.fault}; make it smaller, nest it less\n`,
        );
      this.state = "refused";
      return;
    }
    this.output.write(compiled.printed);
    this.#left = limits.fuel;
    this.#deadline = world.now() + limits.time;
    const hosts = this.#hosts(journal);
    const pages = Math.min(limits.pages, PAGES);
    this.#machine = new Machine(compiled.code, hosts, { depth: DEPTH, pages, fuel: 0 });
  }

  /** The errors of a refused script. */
  errors: readonly Diagnostic[] = [];

  /** Ends it. */
  stop(why: string): void {
    if (this.state !== "running") return;
    this.state = "stopped";
    this.output.muted = false;
    this.output.write(why);
  }

  /** Runs a slice. */
  advance(): void {
    const m = this.#machine;
    if (this.state !== "running" || m === undefined || this.waiting !== undefined) return;
    if (this.#world.now() > this.#deadline) {
      this.stop("stopped: its time is up\n");
      return;
    }
    const fuel = Math.min(SLICE, this.#left);
    m.fuel = fuel;
    let kind: number;
    try {
      kind = this.#begun ? run(m) : this.#begin(m);
    } catch (thrown) {
      if (!(thrown instanceof HostExit)) throw thrown;
      this.#end(thrown.code);
      return;
    }
    this.#left -= fuel - Math.max(m.fuel, 0);
    if (kind === 0) this.#end(Number(m.results[0] ?? 0));
    if (kind === 0) return;
    if (kind === FUEL && (this.waiting !== undefined || this.#left > 0)) return;
    const name = traps[kind] ?? "trap";
    const what = m.text === "" ? name : kind === TRAP ? m.text : `${name}: ${m.text}`;
    this.output.muted = false;
    this.output.write(trapText(what, m.trace(), this.#program, this.#script));
    this.state = "trapped";
  }

  /** The first slice. */
  #begin(m: Machine): number {
    this.#begun = true;
    const outcome = m.call(m.program.main);
    if (outcome.ok) {
      if (m.exit !== undefined) throw m.exit;
      return 0;
    }
    return (traps as readonly string[]).indexOf(outcome.trap);
  }

  #end(code: number): void {
    this.code = code;
    this.state = "done";
  }

  /** The machine asks again when `until` has come. */
  #wait(m: HostCall, until: Promise<void>): void {
    m.hostTrap = FUEL;
    this.waiting = until.then(() => {
      this.waiting = undefined;
    });
  }

  #hosts(journal: Journal): { [name: string]: HostFn } {
    const { output } = this;
    const world = this.#world;
    const table = new Table();
    const refuse = (m: HostCall, sentence: string) => {
      (m as Machine).text = sentence;
      m.hostTrap = TRAP;
    };
    return {
      ...formatHosts,
      ...exchangeHosts(world.outside, journal, (m, until) => this.#wait(m, until), refuse),
      "io.write": (m) => {
        const length = m.int(2);
        if (output.full) return this.#wait(m, output.drained());
        if (!output.take(m.slice(m.int(1), length))) {
          m.hostTrap = FUEL; // the rest in the next slice
          return;
        }
        m.give(0, BigInt(length));
      },
      "io.write_line": (m) => {
        const text = m.slice(m.int(1), m.int(2));
        if (output.full) return this.#wait(m, output.drained());
        const line = new Uint8Array(text.length + 1);
        line.set(text);
        line[text.length] = 10;
        if (!output.take(line)) m.hostTrap = FUEL;
      },
      "io.read": (m) => m.give(0, 0n),
      "os.arg_count": (m) => m.give(0, 0n),
      "os.arg_len": (m) => m.give(0, -1n),
      "os.arg_copy": () => {},
      "os.exit": (m) => {
        throw new HostExit(m.int(0));
      },
      "time.unix": (m) => m.give(0, BigInt(journal.fact(() => world.clock()))),
      "time.ticks": (m) => m.give(0, BigInt(journal.fact(() => world.now()))),
      "show.cell": (m) => {
        if (!table.cell(m.bytes(m.int(0), m.int(1)), m.long(2) !== 0n))
          refuse(m, "the table is too large; narrow it with where(...) or take(...)");
      },
      "show.row": () => table.row(),
      "show.table": (m) => {
        if (output.full) return this.#wait(m, output.drained());
        output.write(table.take());
      },
      "repl.mark": () => {
        output.muted = false;
      },
    };
  }
}
