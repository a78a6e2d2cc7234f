// A native thread of a simulated process (sdk/runtime/native-thread.ts): its kernel as WebAssembly, between two waits, as
// sdk/runtime/engine/thread.c does it on the nucleus. Invariant: what a step does happens at once; what it submits leaves when its time is over.
import { layouts, limits, syscalls } from "../abi/table.ts";
import { area, plan, STORE } from "../runtime/native-layout.ts";
import type { ProcessHost, Wait } from "./binding.ts";
import { SimKernels } from "./kernels.ts";

/** Rounds of one wait after which a step that never ends it is taken for one that does not. */
const MOST_ROUNDS = 1000;

export class NativeSteps {
  readonly #host: ProcessHost;
  readonly #kernels: SimKernels;
  readonly #plan: number;
  readonly #area: number;
  #bytes = 0;

  /** `at`: address of the plan. */
  constructor(host: ProcessHost, at: number) {
    this.#host = host;
    this.#kernels = new SimKernels(host);
    this.#plan = at;
    this.#area = host.get(at + plan.area, 8);
  }

  /** What it waits for first. */
  begin(): Wait {
    return this.#wait();
  }

  /** What it waits for behind a wait that gave so many bytes of events; undefined: it ends. */
  resume(result: number): Wait | undefined {
    const host = this.#host;
    const at = this.#area;
    if (result < 0 || host.get(at + area.end, 8) !== 0) return undefined;
    const buffer = host.buffer();
    const { SUBMIT_OFFSET, EVENT_OFFSET } = limits;
    host.store(at + SUBMIT_OFFSET, buffer.slice(SUBMIT_OFFSET, SUBMIT_OFFSET + this.#bytes));
    const events = layouts.wait.HEADER + result;
    host.store(at + EVENT_OFFSET, buffer.slice(EVENT_OFFSET, EVENT_OFFSET + events));
    for (let round = 0; ; round++) {
      if (round === MOST_ROUNDS) throw new Error("a native thread's step is called again for ever");
      this.#bytes = this.#step();
      this.#calls();
      if (this.#bytes >= 0) break;
    }
    const submissions = host.load(at + SUBMIT_OFFSET, this.#bytes);
    host.buffer().set(submissions, SUBMIT_OFFSET);
    return this.#wait();
  }

  #wait(): Wait {
    const host = this.#host;
    const ends = host.get(this.#area + area.end, 8) !== 0;
    const port = ends ? 0 : host.get(this.#plan + plan.port, 8);
    const deadline = host.get(this.#area + area.deadline, 8);
    return { port, bytes: this.#bytes, deadline: deadline >= 2 ** 63 ? -1 : deadline };
  }

  /** The kernel once; the bytes that it has to submit. */
  #step(): number {
    const host = this.#host;
    const block = host.get(this.#plan + plan.block, 8);
    const letters = host.get(this.#plan + plan.letters, 8);
    const kernels = this.#kernels;
    kernels.begin(letters, block);
    const base = kernels.base();
    let next = this.#plan + plan.arguments;
    for (const letter of kernels.text(letters)) {
      if (letter === ":") break;
      const value = host.get(next, 8);
      next += 8;
      if (letter < "A") kernels.number(value);
      else {
        const length = host.get(next, 8) * kernels.width(letter);
        next += 8;
        if (!kernels.view(base + value, length)) throw new Error("a step's memory is out of reach");
      }
    }
    const said = kernels.run();
    if (!said.startsWith("!")) return Number(said);
    host.set(this.#area + area.end, 8, 1);
    host.store(
      this.#area + limits.SUBMIT_OFFSET,
      host.load(this.#area + area.last, area.LAST_BYTES),
    );
    return area.LAST_BYTES;
  }

  #calls(): void {
    const host = this.#host;
    const count = host.get(this.#area + area.calls, 8);
    for (let i = 0; i < count; i++) {
      const at = this.#area + area.call + i * area.CALL_BYTES;
      const number = host.get(at, 8);
      // A number of 64 bits that no other holds is all ones.
      const value = (n: number) => {
        const found = host.get(at + 8 + 8 * n, 8);
        return found < 2 ** 63 ? found : -1;
      };
      if (number < syscalls.length) {
        const args = Float64Array.from({ length: 6 }, (_, n) => value(n));
        host.set(at, 8, host.sys(number, args));
      } else if (number === STORE) host.set(value(0), 2, value(1) & 0xffff);
    }
    host.set(this.#area + area.calls, 8, 0);
  }
}
