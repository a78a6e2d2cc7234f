// The entry of a server that is written in Tape: `runTape(program)` in main.ts.
// Invariant: one thing at a time: a call waits until the function before it has returned, even where that waits itself. A trap ends the
// process, as an uncaught exception does; who waited for an answer gets SERVER_FAULT, and supervision goes on from there.
import { decode } from "../../tape/bytecode/decode.ts";
import type { Code } from "../../tape/bytecode/program.ts";
import { type HostCall, HostExit, type HostFn } from "../../tape/interp/machine.ts";
import { fileHosts } from "../../tape/interp/files.ts";
import { failures, refuse } from "../contract/failure.ts";
import { dispose } from "../hot/accept.ts";
import { connect } from "../runtime/connect.ts";
import { run } from "../runtime/run.ts";
import { serve } from "../runtime/serve.ts";
import { exit, log, ready } from "../runtime/supervisor.ts";
import { after } from "../runtime/timers.ts";
import { exchange, noAnswers, type Outside, type Value } from "./exchange.ts";
import { Happenings } from "./happenings.ts";
import { commonHosts } from "./hosts.ts";
import type { TapeProgram } from "./program.ts";
import { record, Services } from "./reach.ts";
import { EVENTS, FIRST_METHOD, SAVE } from "./serve-numbers.ts";
import { Stepper } from "./stepper.ts";
import { Timers } from "./timers.ts";

/** Calls and loop rounds of a turn: some tens of milliseconds of an interpreter on an interpreter. */
const SLICE = 2_000;
/** Calls and rounds that one call, event or timer may take: seconds. More is a loop without end. */
const MOST = 1_000_000;
/** Calls under way that a trap's trace names. */
const SHOWN = 8;

/**
 * Starts the loop; the program's `main` runs in the first turn. It is read, verified and linked here, while the bundle is evaluated, so that
 * new code has done so before it takes a running server's place.
 */
export function runTape(program: TapeProgram): void {
  const code = decode(Uint8Array.from(program.code, (letter) => letter.charCodeAt(0)));
  const server = code.ok ? new TapeServer(program, code.code) : undefined;
  run(() => {
    if (server !== undefined) server.start();
    else {
      log(`its program is refused: ${code.ok ? "" : code.reason}; build the image again`, "error");
      exit(1);
    }
  });
}

type Handler = (fields: object, peer: { readonly name: string }) => Promise<object> | undefined;
type Broadcast = { [event: string]: (fields: object) => void };

class TapeServer {
  readonly #program: TapeProgram;
  readonly #happenings = new Happenings();
  readonly #timers = new Timers((id) => this.#happenings.due(EVENTS.timer, id));
  readonly #broadcasts: { [module: string]: Broadcast } = {};
  readonly #services: Services;
  readonly #stepper: Stepper;
  /** Fuel of the happening under way; main has no limit but the manifest's `startWithin`. */
  #left = Infinity;
  #listening = false;
  /** Whether the program's beginning is over, and whether it waits for what happens next. */
  #begun = false;
  #idle = false;

  constructor(program: TapeProgram, code: Code) {
    this.#program = program;
    this.#services = new Services(program.uses, connect);
    this.#stepper = new Stepper(code, (stepper) => this.#hosts(stepper), program.pages);
  }

  start(): void {
    for (const { module, path, contract } of this.#program.serves)
      this.#broadcasts[module] = serve(path, contract, this.#handlers(module)).broadcast;
    if (this.#program.saved !== undefined) dispose(() => this.#save());
    this.#go();
  }

  /** For new code: what the program's `save` gives now. Throws a sentence when it cannot be had. */
  #save(): void {
    const { saved } = this.#program;
    const stepper = this.#stepper;
    if (saved === undefined) return;
    if (!this.#idle) throw new Error("it is in the middle of something; save again");
    const { exports } = stepper.machine.program;
    const fn = exports.find(({ name }) => name === SAVE)?.fn ?? -1;
    const wait = (m: HostCall) => stepper.refuse(m, "`save` can't wait");
    const refuse = (m: HostCall, sentence: string) => stepper.refuse(m, sentence);
    const world = exchange(this.#outside, noAnswers, wait, refuse);
    const fault = stepper.aside(fn, { ...commonHosts((line) => log(line)), ...world.hosts });
    if (fault !== undefined) throw new Error(`its \`save\` failed: ${fault}`);
    saved.data = { json: JSON.stringify(world.taken()[0] ?? null) };
  }

  /** Runs a slice, and sees to the next. */
  #go(): void {
    const stepper = this.#stepper;
    const slice = stepper.advance(SLICE);
    if (slice.kind === "end") exit(slice.code);
    if (slice.kind === "trap") this.#trap(slice.what, stepper);
    if (slice.kind !== "on") return;
    this.#left -= slice.spent;
    if (stepper.waiting !== undefined) void stepper.waiting.then(() => this.#go());
    else if (this.#left < 0)
      this.#trap("out of fuel: it has run for too long at a stretch", stepper);
    else after(0, () => this.#go());
  }

  #trap(what: string, stepper: Stepper): void {
    let text = `trap: ${what}`;
    const own = stepper.machine.trace().filter(({ file }) => !/^std\/|^entry.tape$/.test(file));
    for (const { fn, file, line } of own.slice(0, SHOWN)) text += `\n  at ${fn} (${file}:${line})`;
    // new code that fails at its begin is no new code: the old one goes on
    if (!this.#begun && this.#program.saved !== undefined) throw new Error(text);
    log(text, "error");
    const sentence = "the program of this server trapped; its log says where";
    this.#happenings.settle(refuse(failures.SERVER_FAULT, sentence));
    exit(1);
  }

  #handlers(module: string): { [name: string]: Handler } {
    const handlers: { [name: string]: Handler } = {};
    this.#program.taken.forEach((each, i) => {
      if (each.module !== module) return;
      const kind = FIRST_METHOD + i;
      handlers[each.name] = (fields, { name: caller }) => {
        const value = fields as Value;
        if (!each.call) {
          this.#happenings.add({ kind, value, caller, answer: undefined });
          return undefined;
        }
        return new Promise((answer) => this.#happenings.add({ kind, value, caller, answer }));
      };
    });
    return handlers;
  }

  readonly #outside: Outside = async (name, args) => {
    const [kind, first = "", method = "", names = ""] = name.split(" ");
    if (kind === "sys") return this.#program.sys?.call(first, args);
    if (kind === "svc") return this.#services.call(first, method, names, args);
    if (kind === "serve") return this.#happenings.caller;
    this.#broadcasts[first]?.[method]?.(record(names, args));
    return undefined;
  };

  /** Hands events of the system in, from the one after `last` on. */
  async #listen(last: number): Promise<void> {
    const { sys } = this.#program;
    if (this.#listening || sys === undefined) return;
    this.#listening = true;
    await sys.hear(last, (value) =>
      this.#happenings.add({ kind: EVENTS.news, value, caller: "", answer: undefined }),
    );
    this.#listening = false;
    this.#happenings.wake();
  }

  #hosts(stepper: Stepper): { readonly [name: string]: HostFn } {
    const happenings = this.#happenings;
    const wait = (m: HostCall, until: Promise<void>) => stepper.wait(m, until);
    const trap = (m: HostCall, sentence: string) => stepper.refuse(m, sentence);
    const { fs, net } = this.#program;
    const world = exchange(this.#outside, noAnswers, wait, trap);
    return {
      ...commonHosts((line) => log(line)),
      ...world.hosts,
      ...(fs === undefined ? {} : fileHosts(fs)),
      ...(net === undefined ? {} : net.door(net.open).hosts(wait, noAnswers)),
      "serve.next": (m) => {
        const { serves } = this.#program;
        if (happenings.empty) {
          happenings.settle(refuse(failures.SERVER_FAULT, "the server gave no answer"));
          const over = serves.length === 0 && this.#timers.none && !this.#listening;
          if (over) throw new HostExit(0);
          this.#idle = true;
          return wait(m, happenings.arrival());
        }
        this.#idle = false;
        const next = happenings.next();
        world.offer(next?.value);
        this.#left = MOST;
        m.give(0, BigInt(next?.kind ?? 0));
      },
      "serve.timer": (m) => {
        this.#timers.set(Number(m.long(0)), Number(m.long(1)), m.long(2) !== 0n);
      },
      "serve.cancel": (m) => {
        this.#timers.cancel(Number(m.long(0)));
        happenings.drop(EVENTS.timer, Number(m.long(0)));
      },
      "serve.answer": () => happenings.settle((world.taken()[0] ?? {}) as object),
      "serve.refuse": (m) => happenings.refuse(m.bytes(m.int(0), m.int(1))),
      "serve.ready": () => {
        this.#begun = true;
        ready();
      },
      "serve.inherited": (m) => {
        const { json = "" } = this.#program.saved?.data ?? {};
        if (json !== "") world.offer(JSON.parse(json) as Value);
        m.give(0, json === "" ? 0n : 1n);
      },
      "serve.listen": (m) => void this.#listen(Number(m.long(0))),
    };
  }
}
