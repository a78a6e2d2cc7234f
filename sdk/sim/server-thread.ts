// The first thread of a server: it starts the bundle in an engine of its own and then turns with each batch of events, exactly as the
// runtime does on the nucleus (sdk/runtime/engine/main.c). Invariant: time that a turn takes is counted in steps of the engine, never
// measured, so that a run repeats.
import { layouts, limits } from "../abi/table.ts";
import { type ProcessHost, ServerBinding, type Wait } from "./binding.ts";
import { Engine, type EngineError } from "./engine.ts";
import { entries } from "./image.ts";
import { SimRecorder } from "./recorder.ts";
import { type StartValues, startValues } from "./start-values.ts";

/** ns that 10,000 steps of the engine stand for: about 100 instructions a step, one instruction a nanosecond. */
const STEPS_NS = 1_000_000;
/** ns that a turn takes at least, and a start. */
const TURN_NS = 20_000;
const START_NS = 2_000_000;
/** A turn that takes longer ends the process. */
const TURN_LIMIT_NS = 2_000_000_000;
/** The engine's own stack frames are larger in WebAssembly than on the processor, so the limit is the same for all. */
const STACK_BYTES = 256 << 10;
/** What the last turn after a limit has of heap beyond it. */
const LAST_HEAP = 256 << 10;
/** Exit codes of the runtime. */
const EXIT = { EXCEPTION: 70, TURN_LIMIT: 71, START: 73 };

/** What a thread wants after a turn: to wait, or to end with a last line for the log. */
export type Outcome = { wait: Wait; why?: string } | { exit: number; why: string };

export class ServerThread {
  readonly #host: ProcessHost;
  readonly #clock: () => number;
  readonly #start: StartValues;
  #engine: Engine | undefined;
  #binding: ServerBinding | undefined;
  readonly #recorder: SimRecorder;
  #late = false;
  /** a limit was reached, and the server has heard of it */
  #told = false;
  readonly #memory: number;
  #spent = 0;
  /** the process is gone: the engine must not run on */
  stopped = false;

  constructor(host: ProcessHost, clock: () => number) {
    this.#host = host;
    this.#clock = clock;
    this.#start = startValues(host.buffer());
    this.#memory = this.#start.heapLimit - Math.floor(this.#start.heapLimit / 8);
    this.#recorder = new SimRecorder(host, this.#start.recorder);
  }

  get name(): string {
    return this.#start.name;
  }

  get engine(): Engine | undefined {
    return this.#engine;
  }

  /** The handle that the runtime's own last words go to; 0 none. */
  get log(): number {
    return this.#start.log;
  }

  /** ns that the thread has used since the last question. */
  takeCost(): number {
    const spent = this.#spent;
    this.#spent = 0;
    return spent;
  }

  addCost(ns: number): void {
    this.#spent += ns;
  }

  /** Evaluates the bundle and makes the first turn. */
  async start(): Promise<Outcome> {
    const start = this.#start;
    this.#spent += START_NS;
    const engine = await Engine.create({
      memory: this.#memory,
      stack: STACK_BYTES,
      clock: this.#clock,
    });
    this.#engine = engine;
    const text = new TextDecoder().decode(this.#host.load(start.bundle, start.bundleBytes));
    const { heapLimit, seed } = start;
    const facts = {
      heapLimit,
      seed,
      probeEntry: entries.probe,
      spinEntry: entries.spin,
      threadEntry: entries.native,
      bound: (handle: number, key: number) => this.#recorder.bound(handle, key),
    };
    const binding = new ServerBinding(engine, this.#host, facts);
    this.#binding = binding;
    binding.pull(limits.EVENT_OFFSET, limits.BUFFER_BYTES);
    this.#limit();
    const error = engine.evaluate(text, "bundle");
    if (this.stopped) return { exit: 0, why: "" };
    if (error !== undefined) return this.#end("uncaught while starting", error);
    const missing = engine.evaluate(
      "for (const f of ['turn', 'flush']) if (typeof uusi[f] !== 'function') throw f",
      "start",
    );
    if (missing !== undefined) {
      const why = `the bundle did not set \`uusi.${missing.message}\`: main.ts must call run(...)`;
      return { exit: EXIT.START, why };
    }
    return this.#turn(start.eventBytes);
  }

  /** Makes a turn with what submit_wait returned. */
  resume(result: number): Outcome {
    if (result < 0) {
      return { exit: EXIT.EXCEPTION, why: `the wait failed with error ${result}` };
    }
    const end = limits.EVENT_OFFSET + layouts.wait.HEADER + result;
    this.#binding?.pull(limits.SUBMIT_OFFSET, end);
    this.#recorder.received(result);
    this.#limit();
    return this.#turn(result);
  }

  #turn(result: number): Outcome {
    const binding = this.#binding as ServerBinding;
    this.#spent += TURN_NS;
    const error = binding.turn(result);
    const wait = error === undefined ? binding.flush() : undefined;
    if (this.stopped) return { exit: 0, why: "" };
    if (error !== undefined) return this.#limited(error);
    if (wait === undefined || "stack" in wait) return this.#limited(wait as EngineError);
    binding.push();
    this.#recorder.submitted(wait.bytes);
    return { wait };
  }

  /** An exception ends the process; where a limit is behind it the server has one more turn, which is told of it. */
  #limited(error: EngineError): Outcome {
    const end = this.#end("uncaught", error);
    if (this.#told || (!this.#late && !/out of memory/.test(error.message))) return end;
    this.#told = true;
    const engine = this.#engine as Engine;
    engine.limitMemory(this.#memory + LAST_HEAP);
    this.#limit();
    const last = this.#turn(-end.exit);
    return "wait" in last
      ? { wait: last.wait, why: end.why }
      : { exit: last.exit, why: `${end.why}\n${this.name}: ${last.why}` };
  }

  /** Arms the turn's time limit. */
  #limit(): void {
    let used = 0;
    this.#late = false;
    (this.#engine as Engine).interrupt = () => {
      used += STEPS_NS;
      this.#spent += STEPS_NS;
      this.#late = used > TURN_LIMIT_NS;
      return this.#late || this.stopped;
    };
  }

  #end(what: string, error: EngineError): { exit: number; why: string } {
    (this.#engine as Engine).interrupt = () => this.stopped;
    const text = `${error.name}: ${error.message}${this.#places(error.stack)}`;
    if (!this.#late) return { exit: EXIT.EXCEPTION, why: `${what}: ${text}` };
    const limit = "turn took more than 2 s of processor time and was ended";
    return { exit: EXIT.TURN_LIMIT, why: `${limit}: ${text}` };
  }

  /** The stack with TypeScript places instead of the bundle's lines, at most six. */
  #places(stack: string): string {
    let text = "";
    let frames = 0;
    for (const [, name, line] of stack.matchAll(/^\s*at (.*?)\(?bundle:(\d+)(?::\d+)?\)?$/gm)) {
      if (frames++ === 6) break;
      text += `${frames === 1 ? " at " : " < "}${name}${this.#place(Number(line))}`;
    }
    return text;
  }

  #place(line: number): string {
    return (this.#binding as ServerBinding).place(line) || `bundle:${line}`;
  }
}
