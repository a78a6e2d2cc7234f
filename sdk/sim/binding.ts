// The global `uusi` object (sdk/runtime/binding.ts) inside a simulated process: system calls and memory reach the machine through
// `ProcessHost`, cryptography is Node's. Invariant: after a fault or exit nothing of the process has an effect any more.
import { createHash, type Hash, pbkdf2Sync } from "node:crypto";
import { limits } from "../abi/table.ts";
import { prelude, WINDOW_BYTES } from "./binding-prelude.ts";
import { Drbg } from "./drbg.ts";
import type { Engine, EngineError } from "./engine.ts";
import { SimKernels } from "./kernels.ts";
import { systemCalls } from "../runtime/system-call.ts";

/** The machine as one process sees it. Addresses are the process's own. */
export interface ProcessHost {
  /** the thread's message buffer in the nucleus; fetched anew for each use */
  buffer(): Uint8Array;
  /** runs a system call to its end; arguments are numbers, -1 is all ones */
  sys(number: number, args: Float64Array): number;
  second(): number;
  /** device registers or memory, 1, 2, 4 or 8 bytes; a fault when nothing is mapped */
  get(address: number, width: number): number;
  set(address: number, width: number, value: number): void;
  load(address: number, bytes: number): Uint8Array;
  store(address: number, bytes: Uint8Array): void;
}

export interface BindingFacts {
  heapLimit: number;
  probeEntry: number;
  spinEntry: number;
  threadEntry: number;
  seed: Uint8Array | undefined;
  /** hears of each handle that is bound to a port, with the key of its events */
  bound?(handle: number, key: number): void;
}

/** What the loop asked for at the end of a turn. */
export interface Wait {
  bytes: number;
  port: number;
  deadline: number;
}

/** `SCRATCH` and submissions go in before a system call, scratch comes back; events come in after a wait. */
const SHARED_IN = limits.EVENT_OFFSET;

export class ServerBinding {
  readonly #engine: Engine;
  readonly #host: ProcessHost;
  readonly #buffer: number;
  readonly #window: number;

  constructor(engine: Engine, host: ProcessHost, facts: BindingFacts) {
    this.#engine = engine;
    this.#host = host;
    this.#buffer = engine.share("$buffer", limits.BUFFER_BYTES);
    this.#window = engine.share("$window", WINDOW_BYTES);
    this.#calls(facts);
    this.#memory();
    this.#cryptography(facts.seed);
    this.#kernels();
    const { heapLimit, probeEntry, spinEntry, threadEntry } = facts;
    engine.define("$facts", () =>
      JSON.stringify({ heapLimit, probeEntry, spinEntry, threadEntry }),
    );
    engine.define("$heap", () => engine.heapUsed());
    const error = engine.evaluate(prelude, "binding");
    if (error !== undefined)
      throw new Error(`the binding does not run: ${error.message} ${error.stack}`);
  }

  /** A turn with the bytes of events that lie in the buffer, and the jobs after it. */
  turn(eventBytes: number): EngineError | undefined {
    const end = this.#engine.call("uusi", "turn", eventBytes);
    return "result" in end ? this.#engine.runJobs() : end;
  }

  /** What the loop wants after a turn. */
  flush(): Wait | EngineError {
    const end = this.#engine.call("uusi", "flush");
    if (!("result" in end)) return end;
    const [port, deadline] = ["port", "deadline"].map((n) => this.#engine.number("uusi", n));
    if (this.#engine.broken !== "")
      return { name: "InternalError", message: this.#engine.broken, stack: "" };
    return { bytes: Number(end.result), port: port as number, deadline: deadline as number };
  }

  /** The TypeScript place of a line of the bundle; "" when the bundle has no table. */
  place(line: number): string {
    const end = this.#engine.call("uusi", "place", line);
    return "result" in end ? end.result : "";
  }

  /** Copies the message buffer out to the nucleus, up to the event area. */
  push(): void {
    const at = this.#buffer;
    this.#host.buffer().set(this.#engine.memory.subarray(at, at + SHARED_IN));
  }

  /** Copies [from, to) of the nucleus's message buffer in. */
  pull(from: number, to: number): void {
    this.#engine.memory.set(this.#host.buffer().subarray(from, to), this.#buffer + from);
  }

  #calls(facts: BindingFacts): void {
    const args = new Float64Array(6);
    this.#engine.define("$sys", (a) => {
      for (let i = 0; i < 6; i++) args[i] = a.number(i + 1);
      this.push();
      if (a.number(0) === systemCalls.bind) facts.bound?.(args[0]!, args[2]!);
      const result = this.#host.sys(a.number(0), args);
      this.pull(0, SHARED_IN);
      return result;
    });
    this.#engine.define("$second", () => this.#host.second());
  }

  #memory(): void {
    const host = this.#host;
    const engine = this.#engine;
    const window = this.#window;
    engine.define("$encode", (a) => {
      const text = a.text(0); // as far as the first NUL
      const bytes = Buffer.from(text);
      if (bytes.length !== text.length) return -1;
      engine.memory.set(bytes, window);
      return bytes.length;
    });
    engine.define("$decode", (a) => {
      const bytes = engine.memory.slice(window, window + a.number(0));
      return bytes.every((each) => each > 0 && each < 0x80) ? Buffer.from(bytes).toString() : "";
    });
    engine.define("$get", (a) => host.get(a.number(0), a.number(1)));
    engine.define("$set", (a) => void host.set(a.number(0), a.number(1), a.number(2)));
    engine.define("$load", (a) => {
      engine.memory.set(host.load(a.number(0), a.number(1)), window);
      return undefined;
    });
    engine.define("$store", (a) => {
      host.store(a.number(0), engine.memory.slice(window, window + a.number(1)));
      return undefined;
    });
    engine.define("$fill", (a) => {
      const words = new Uint32Array(a.number(2)).fill(a.number(1));
      host.store(a.number(0), new Uint8Array(words.buffer));
      return undefined;
    });
    engine.define("$move", (a) => {
      host.store(a.number(0), host.load(a.number(1), a.number(2)));
      return undefined;
    });
  }

  #kernels(): void {
    const engine = this.#engine;
    const window = this.#window;
    const kernels = new SimKernels(this.#host);
    engine.define("$kernelText", (a) => kernels.text(a.number(0)));
    engine.define("$kernelBegin", (a) => kernels.begin(a.number(0), a.number(1)) as undefined);
    engine.define("$kernelNumber", (a) => kernels.number(a.number(0)) as undefined);
    engine.define("$kernelArray", () => kernels.array() as undefined);
    engine.define("$kernelView", (a) => Number(kernels.view(a.number(0), a.number(1))));
    engine.define("$kernelMore", (a) => {
      kernels.more(engine.memory.slice(window, window + a.number(0)));
      return undefined;
    });
    engine.define("$kernelRun", () => kernels.run());
    engine.define("$kernelBack", (a) => {
      if (!kernels.written(a.number(0))) return 0;
      const from = a.number(1);
      engine.memory.set(kernels.bytes(a.number(0)).subarray(from, from + a.number(2)), window);
      return 1;
    });
  }

  #cryptography(seed: Uint8Array | undefined): void {
    const engine = this.#engine;
    const window = this.#window;
    const bytes = (n: number, from = 0) => engine.memory.slice(window + from, window + from + n);
    let hash: Hash = createHash("sha256");
    engine.define("$hash", (a) => {
      const n = a.number(0);
      if (n === -1) hash = createHash("sha256");
      else if (n === -2) engine.memory.set(hash.digest(), window);
      else hash.update(bytes(n));
      return undefined;
    });
    engine.define("$pbkdf2", (a) => {
      const password = bytes(a.number(0));
      const salt = bytes(a.number(1), password.length);
      engine.memory.set(pbkdf2Sync(password, salt, a.number(2), 32, "sha256"), window);
      return undefined;
    });
    let drbg = seed === undefined ? undefined : new Drbg(seed);
    engine.define("$random", (a) => {
      if (drbg === undefined) return 0;
      drbg.fill(engine.memory.subarray(window, window + a.number(0)));
      return 1;
    });
    engine.define("$reseed", (a) => {
      const entropy = bytes(a.number(0));
      if (drbg === undefined) drbg = new Drbg(entropy);
      else drbg.reseed(entropy);
      return undefined;
    });
  }
}
