// The nucleus's pure C, built for WebAssembly, with typed calls (sdk/sim/arch.h). Invariant: numbers cross as JavaScript numbers; what may
// exceed 2^53 (all ones) is -1 on the way in and NEVER on the way out.
import { existsSync, readFileSync } from "node:fs";

const PAGE = 4096;
/** A time that never comes. */
export const NEVER = 2 ** 64;
/** Where the build puts it. */
export const WASM = "build/out/sim/nucleus.wasm";

const pages = (bytes: number) => Math.ceil(bytes / PAGE);

/** What the nucleus asks of the machine around it. */
export interface Hooks {
  ioRead(port: number, width: number): number;
  ioWrite(port: number, width: number, value: number): void;
  powerOff(): void;
  reboot(): void;
  /** must throw */
  panic(text: string): void;
  debugWrite(text: string): void;
  /** the first process has ended: it must begin anew, on the vault that it had */
  first(): void;
}

type Call = (...numbers: number[]) => number;

/** States of a thread after a call. */
const [RETURNED, WAITING] = [0, 1];
const THREAD = { READY: 0, RUNNING: 1, WAITING: 2, ENDED: 3 };

export interface NucleusSize {
  /** bytes of memory, a multiple of 4,096 */
  memory: number;
  cpus: number;
  /** bytes of the boot image, kept beside the memory */
  imageBytes: number;
}

export class Nucleus {
  readonly #calls: Record<string, Call>;
  readonly #wasm: WebAssembly.Memory;
  readonly #base: number;
  readonly #ramPages: number;
  readonly #reserved: number;
  readonly #area: number;

  /** The compiled module. */
  static async module(path = WASM): Promise<WebAssembly.Module> {
    if (!existsSync(path)) throw new Error(`${path} is missing; run \`npx uusi build\``);
    return WebAssembly.compile(readFileSync(path));
  }

  constructor(module: WebAssembly.Module, hooks: Hooks, size: NucleusSize) {
    const text = (at: number, bytes: number) =>
      new TextDecoder().decode(new Uint8Array(this.#wasm.buffer, at, bytes));
    const terminated = (at: number) => {
      const all = new Uint8Array(this.#wasm.buffer);
      return text(at, all.indexOf(0, at) - at);
    };
    const instance = new WebAssembly.Instance(module, {
      hooks: {
        hook_io_read: (port: number, width: number) => hooks.ioRead(port, width) >>> 0,
        hook_io_write: (port: number, width: number, value: number) =>
          hooks.ioWrite(port, width, value >>> 0),
        hook_power_off: () => hooks.powerOff(),
        hook_reboot: () => hooks.reboot(),
        hook_panic: (file: number, line: number, reason: number) =>
          hooks.panic(`${terminated(file)}:${line}: ${terminated(reason)}`),
        hook_debug_write: (at: number, bytes: number) => hooks.debugWrite(text(at, bytes)),
        hook_interrupt_mask: () => {},
        hook_kick: () => {},
        hook_first: () => hooks.first(),
      },
    });
    this.#calls = instance.exports as Record<string, Call>;
    this.#wasm = instance.exports["memory"] as WebAssembly.Memory;
    this.#ramPages = pages(size.memory);
    this.#reserved = pages(size.imageBytes) + 1;
    this.#base = this.#run("sim_init", this.#ramPages, this.#reserved, size.cpus) >>> 0;
    if (this.#base === 0) throw new RangeError(`no memory for a machine of ${size.memory} bytes`);
    this.#area = this.#run("sim_area") >>> 0;
  }

  /** All of the nucleus's memory, for a moment: a call into the nucleus may move it. */
  bytes(): Uint8Array {
    return new Uint8Array(this.#wasm.buffer);
  }
  view(): DataView {
    return new DataView(this.#wasm.buffer);
  }

  /** Where a physical address lies in `bytes()`; -1 when it is no memory. */
  ramOffset(physical: number): number {
    const last = (this.#ramPages + this.#reserved) * PAGE;
    return physical >= 0 && physical < last ? this.#base + physical : -1;
  }

  setTime(now: number, clock: number): void {
    this.#run("sim_set_time", now, clock);
  }
  firstDeadline(): number {
    return this.#run("sim_first_deadline");
  }
  deadlinesRun(): void {
    this.#run("sim_deadlines");
  }
  /** One slice of teardown; true when it did something. */
  reap(): boolean {
    return this.#run("sim_reap") !== 0;
  }
  interrupt(line: number): void {
    this.#run("sim_interrupt", line);
  }
  freePages(): number {
    return this.#run("sim_free_pages") >>> 0;
  }
  /** Pages of the slab heap: how many the same blocks fill depends on what came before. */
  slabPages(): number {
    return this.#run("sim_slab_pages") >>> 0;
  }
  /** The line of a message-signalled interrupt; -1 for any other write. */
  messageLine(address: number, data: number): number {
    return address === 0xfee0_0000 && data >= 16 && data < 64 ? data : -1;
  }

  onCpu(cpu: number): void {
    this.#run("sim_on_cpu", cpu);
  }
  pick(cpu: number): number {
    return this.#run("sim_pick", cpu) >>> 0;
  }
  quantumEnd(cpu: number): number {
    return this.#run("sim_quantum_end", cpu);
  }
  kicked(cpu: number): boolean {
    return this.#run("sim_kicked", cpu) !== 0;
  }

  alive(thread: number): boolean {
    return this.#run("sim_state", thread) !== THREAD.ENDED;
  }
  /** On a processor, and not waiting. */
  runs(thread: number): boolean {
    return this.#run("sim_state", thread) === THREAD.RUNNING;
  }
  entry(thread: number): number {
    return this.#run("sim_register", thread, 0);
  }
  argument(thread: number): number {
    return this.#run("sim_register", thread, 3);
  }
  process(thread: number): number {
    return this.#run("sim_process", thread) >>> 0;
  }
  /** Its message buffer; empty when the thread is gone. */
  buffer(thread: number): Uint8Array {
    const at = this.#run("sim_buffer", thread) >>> 0;
    return new Uint8Array(this.#wasm.buffer, at, at === 0 ? 0 : 65536);
  }

  /** Makes a system call. "waiting": its result is there when the thread is picked again. */
  call(thread: number, number: number, args: ArrayLike<number>): "returned" | "waiting" | "ended" {
    const view = this.view();
    for (let i = 0; i < 6; i++) {
      const value = args[i] ?? 0;
      view.setUint32(this.#area + i * 8, value % 2 ** 32, true);
      view.setUint32(this.#area + i * 8 + 4, Math.floor(value / 2 ** 32) % 2 ** 32, true);
    }
    const named = number >= 0 && number < 2 ** 32 ? number : 2 ** 32 - 1;
    const state = this.#run("sim_syscall", thread, named);
    this.reap(); // one slice at each entry, as on hardware
    return state === RETURNED ? "returned" : state === WAITING ? "waiting" : "ended";
  }

  /** `rax` of the thread's last call. */
  result(thread: number): number {
    this.#run("sim_results", thread);
    const view = this.view();
    const low = view.getUint32(this.#area + 48, true);
    return view.getInt32(this.#area + 52, true) * 2 ** 32 + low;
  }
  /** `rdx` of the thread's last call. */
  second(thread: number): number {
    this.#run("sim_results", thread);
    const view = this.view();
    return view.getUint32(this.#area + 56, true) + view.getUint32(this.#area + 60, true) * 2 ** 32;
  }

  /** Physical address, -1 where nothing is mapped for such an access. */
  translate(thread: number, address: number, write: boolean): number {
    return this.#run("sim_translate", thread, address, write ? 2 : 1);
  }
  fault(thread: number, vector: number, error: number, address: number): void {
    this.#run("sim_fault", thread, vector, error, address);
  }

  /** Frames beside the memory: where the boot image lies, and one page more for the platform's facts. */
  reservedFrames(): { image: number; platform: number } {
    return { image: this.#ramPages, platform: this.#ramPages + this.#reserved - 1 };
  }

  /** A call of the driver's interface by name, for what is done once. */
  raw(name: string, ...numbers: number[]): number {
    return this.#run(name, ...numbers);
  }

  #run(name: string, ...numbers: number[]): number {
    return (this.#calls[name] as Call)(...numbers);
  }
}
