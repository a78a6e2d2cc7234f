// One compiled script on its way: it runs in slices between which the server does its other work.
// Invariant: after each slice the script has ended, waits for something, or goes on; what ran it is given back at the end.
import { Failure } from "../../sdk/contract/failure.ts";
import type { Code } from "../../tape/bytecode/program.ts";
import { formatHosts } from "../../tape/interp/format.ts";
import { type FileSource, fileHosts } from "../../tape/interp/files.ts";
import { type HostCall, HostExit, type HostFn } from "../../tape/interp/machine.ts";
import type { Diagnostic } from "../../tape/source/diagnostic.ts";
import type { Compiled } from "./compile-in-turns.ts";
import { errorText, trapText } from "./errors.ts";
import { exchange, type Outside } from "../../sdk/tape/exchange.ts";
import type { NetDoor } from "../../sdk/tape/net-hosts.ts";
import { toByteString } from "../../tape/source/utf8.ts";
import type { Journal } from "./journal.ts";
import { PAGES } from "./limits.ts";
import { NativeSteps } from "./native/steps.ts";
import { Output } from "./output.ts";
import type { ProgramText } from "./program-text.ts";
import { type Hosts, InterpretedSteps, type Steps, type Waits } from "./steps.ts";
import { Table } from "./table.ts";

export interface ScriptLimits {
  readonly fuel: number;
  readonly pages: number;
  readonly time: number;
}

/** What a script needs of the server. */
export interface World {
  readonly outside: Outside;
  readonly files: FileSource;
  readonly net: NetDoor;
  /** ns since boot, and UTC in ns since 1970. */
  now(): number;
  clock(): number;
}

export type State = "running" | "done" | "refused" | "trapped" | "stopped" | "left";

/** What runs it: the processor where it was compiled for that, else the interpreter. */
function stepsOf({ code, native }: Compiled, hosts: Hosts, pages: number): Steps | Failure {
  if (native === undefined) return new InterpretedSteps(code as Code, hosts, pages);
  const steps = NativeSteps.make(native, hosts, pages);
  if (steps instanceof Failure) native.close();
  return steps;
}

/** A compiled script. */
export class Script {
  state: State = "running";
  code = 0;
  readonly output = new Output();
  #steps: Steps | undefined;
  #left = 0;
  #leaves = false;
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
    args: readonly string[] = [],
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
    const pages = Math.min(limits.pages, PAGES);
    const hosts = (waits: Waits) => this.#hosts(journal, waits, args);
    const steps = stepsOf(compiled, hosts, pages);
    if (!(steps instanceof Failure)) {
      this.#steps = steps;
      return;
    }
    this.output.write(`error: the script finds no room here: ${steps.sentence}\n`);
    this.state = "refused";
  }

  /** The errors of a refused script. */
  errors: readonly Diagnostic[] = [];

  /** Ends it. */
  stop(why: string): void {
    if (this.state !== "running") return;
    this.state = "stopped";
    this.output.muted = false;
    this.output.write(why);
    this.#steps?.close();
  }

  /** While it waits: resolves when it can go on. */
  get waiting(): Promise<void> | undefined {
    return this.#steps?.waiting;
  }

  /** Runs a slice. */
  advance(): void {
    const steps = this.#steps;
    if (this.state !== "running" || steps === undefined || this.waiting !== undefined) return;
    if (this.#world.now() > this.#deadline) {
      this.stop("stopped: its time is up\n");
      return;
    }
    const slice = steps.advance(Math.min(steps.slice, this.#left));
    if (slice.kind === "end") {
      this.code = slice.code;
      this.state = this.#leaves ? "left" : "done";
      steps.close();
      return;
    }
    if (slice.kind === "on") {
      this.#left -= slice.spent;
      if (this.waiting !== undefined || this.#left > 0) return;
    }
    const what = slice.kind === "trap" ? slice.what : "out of fuel";
    this.output.muted = false;
    this.output.write(trapText(what, steps.trace(), this.#program, this.#script));
    this.state = "trapped";
    steps.close();
  }

  #hosts(journal: Journal, waits: Waits, args: readonly string[]): { [name: string]: HostFn } {
    const { output } = this;
    const world = this.#world;
    const table = new Table();
    const wait = (m: HostCall, until: Promise<void>) => waits.wait(m, until);
    const refuse = (m: HostCall, sentence: string) => waits.refuse(m, sentence);
    return {
      ...formatHosts,
      ...exchange(world.outside, journal, wait, refuse).hosts,
      ...fileHosts(world.files),
      ...world.net.hosts(wait, journal),
      "io.write": (m) => {
        const length = m.int(2);
        if (output.full) return wait(m, output.drained());
        if (!output.take(m.slice(m.int(1), length))) {
          waits.pause(m); // the rest in the next slice
          return;
        }
        m.give(0, BigInt(length));
      },
      "io.write_line": (m) => {
        const text = m.slice(m.int(1), m.int(2));
        if (output.full) return wait(m, output.drained());
        const line = new Uint8Array(text.length + 1);
        line.set(text);
        line[text.length] = 10;
        if (!output.take(line)) waits.pause(m);
      },
      "io.read": (m) => m.give(0, 0n),
      "os.arg_count": (m) => m.give(0, BigInt(args.length)),
      "os.arg_len": (m) => m.give(0, BigInt(toByteString(args[m.int(0)] ?? "").length)),
      "os.arg_copy": (m) => m.writeText(m.int(1), toByteString(args[m.int(0)] ?? "")),
      "os.exit": (m) => {
        throw new HostExit(m.int(0));
      },
      "time.unix": (m) => m.give(0, BigInt(journal.fact(() => world.clock()))),
      "time.ticks": (m) => m.give(0, BigInt(journal.fact(() => world.now()))),
      "shell.exit": () => {
        this.#leaves = true;
        throw new HostExit(0);
      },
      "show.cell": (m) => {
        if (!table.cell(m.bytes(m.int(0), m.int(1)), m.long(2) !== 0n))
          refuse(m, "the table is too large; narrow it with where(...) or take(...)");
      },
      "show.row": () => table.row(),
      "show.table": (m) => {
        if (output.full) return wait(m, output.drained());
        output.write(table.take());
      },
      "shell.tier": (m) => m.give(0, this.#steps?.tier === "native" ? 1n : 0n),
      "repl.mark": () => {
        output.muted = false;
      },
    };
  }
}
