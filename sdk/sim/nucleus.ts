// The nucleus's pure C, built for WebAssembly, with typed calls (sdk/sim/arch.h). Invariant: numbers cross as JavaScript numbers; what may
// exceed 2^53 (all ones) is -1 on the way in and NEVER on the way out.
import { existsSync, readFileSync } from "node:fs";
import { addresses, firstHandles, kinds, layouts, rights, startFlags } from "../abi/table.ts";
import { type BootEntry, readBootImage } from "../image/boot-image.ts";
import type { BoardFacts } from "./board.ts";
import { systemCalls } from "./system-calls.ts";

const PAGE = 4096;
const STACK_BYTES = 256 << 10;
const HEAP_BYTES = 16 << 20;
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
}

type Call = (...numbers: number[]) => number;

/** States of a thread after a call. */
const [RETURNED, WAITING] = [0, 1];
const THREAD = { READY: 0, RUNNING: 1, WAITING: 2, ENDED: 3 };

export interface NucleusSize {
  /** bytes of memory, a multiple of 4,096 */
  memory: number;
  cpus: number;
  /** the boot image, kept beside the memory */
  image: Uint8Array;
}

export class Nucleus {
  readonly #calls: Record<string, Call>;
  readonly #wasm: WebAssembly.Memory;
  readonly #base: number;
  readonly #ramPages: number;
  readonly #reserved: number;
  readonly #image: Uint8Array;
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
      },
    });
    this.#calls = instance.exports as Record<string, Call>;
    this.#wasm = instance.exports["memory"] as WebAssembly.Memory;
    this.#image = size.image;
    this.#ramPages = pages(size.memory);
    this.#reserved = pages(size.image.length) + 1;
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

  /** Makes the first process from the boot image, as nucleus/first.c does on hardware. */
  startFirst(entropy: Uint8Array, options: string, facts: BoardFacts, cpus: number): void {
    const table = readBootImage(this.#image);
    const imageFrame = this.#ramPages;
    const platformFrame = imageFrame + this.#reserved - 1;
    this.bytes().set(this.#image, this.#base + imageFrame * PAGE);
    this.#writePlatform(platformFrame, options, facts, cpus);
    this.#run("sim_set_seeded", 1);
    const thread = this.#run("sim_first", 100) >>> 0;
    const shared = rights.READ | rights.MAP | rights.INFO;
    const memory = (at: number, bytes: number, keep: number) =>
      this.#run("sim_give_memory", imageFrame + at / PAGE, bytes, keep) >>> 0;
    const handles: number[] = [];
    handles[firstHandles.BUDGET] = this.#run("sim_give_budget", rights.ALL) >>> 0;
    for (let kind: number = kinds.PROCESS_FACTORY; kind <= kinds.SYSTEM; kind++) {
      handles.push(this.#run("sim_give_privilege", kind, rights.ALL) >>> 0);
    }
    handles[firstHandles.PLATFORM] =
      this.#run("sim_give_memory", platformFrame, PAGE, shared) >>> 0;
    handles[firstHandles.TABLE] = memory(0, 64 + table.length * 128, shared);
    for (const entry of table) {
      handles.push(memory(entry.offset, entry.bytes.length, entry.rights));
    }
    this.#mapFirst(thread, table, handles.slice(firstHandles.IMAGE));
    const bundle = table.find(({ name }) => name === "bundle/init") as BootEntry;
    const payload = firstPayload(bundle.bytes.length, entropy, handles);
    const scratch = this.#run("sim_scratch") >>> 0;
    this.bytes().set(payload, scratch);
    const entry = Number((table.find(({ name }) => name === "engine.text") as BootEntry).entry);
    const started = this.#run(
      "sim_start",
      thread,
      entry,
      addresses.STACK_TOP,
      scratch,
      payload.length,
    );
    if (started === 0) throw new RangeError("the first process's START event does not fit");
  }

  #mapFirst(thread: number, table: BootEntry[], handles: number[]): void {
    const must = (number: number, ...args: number[]) => {
      this.call(thread, number, args);
      const result = this.result(thread);
      if (result < 0) throw new Error(`the first process could not be made: ${result}`);
      return result;
    };
    const { memory_map, memory_clone, memory_create, handle_close } = systemCalls;
    const part = (name: string) => {
      const at = table.findIndex((e) => e.name === name);
      return { entry: table[at] as BootEntry, handle: handles[at] as number };
    };
    const map = (memory: number, address: number, bytes: number, protection: number) =>
      must(memory_map, 0, memory, address, 0, pages(bytes) * PAGE, protection);
    const text = part("engine.text");
    const constants = part("engine.rodata");
    const data = part("engine.data");
    const bundle = part("bundle/init");
    map(text.handle, Number(text.entry.address), text.entry.bytes.length, 5);
    map(constants.handle, Number(constants.entry.address), constants.entry.bytes.length, 1);
    map(bundle.handle, addresses.BUNDLE, bundle.entry.bytes.length, 1);
    const length = pages(data.entry.bytes.length) * PAGE;
    const size = pages(data.entry.memory) * PAGE;
    const own = must(memory_clone, data.handle, 0, length, size);
    map(own, Number(data.entry.address), size, 3);
    const stack = must(memory_create, STACK_BYTES, 0);
    map(stack, addresses.STACK_TOP - STACK_BYTES, STACK_BYTES, 3);
    must(handle_close, own);
    must(handle_close, stack);
  }

  #writePlatform(frame: number, options: string, facts: BoardFacts, cpus: number): void {
    const l = layouts.platform;
    const at = this.#base + frame * PAGE;
    const view = this.view();
    const text = new TextEncoder().encode(options).subarray(0, PAGE - l.OPTIONS);
    view.setUint32(at + l.version, 1, true);
    view.setUint32(at + l.cpus, cpus, true);
    view.setUint32(at + l.ecam, facts.ecam, true);
    view.setUint32(at + l.ecamLastBus, facts.lastBus, true);
    view.setUint32(at + l.tscKhz, 1_000_000, true);
    view.setUint32(at + l.optionsBytes, text.length, true);
    view.setUint32(at + l.entropySources, 8, true);
    this.bytes().set(text, at + l.OPTIONS);
  }

  #run(name: string, ...numbers: number[]): number {
    return (this.#calls[name] as Call)(...numbers);
  }
}

function firstPayload(bundleBytes: number, entropy: Uint8Array, handles: number[]): Uint8Array {
  const l = layouts.start;
  const payload = new Uint8Array(l.SIZE + 4 + 4 * handles.length);
  const view = new DataView(payload.buffer);
  view.setUint32(l.version, 1, true);
  view.setUint32(l.flags, startFlags.SEEDED | startFlags.FIRST, true);
  view.setBigUint64(l.bundle, BigInt(addresses.BUNDLE), true);
  view.setUint32(l.bundleBytes, bundleBytes, true);
  view.setUint32(l.heapLimit, HEAP_BYTES, true);
  view.setUint32(l.stackBytes, STACK_BYTES, true);
  payload.set(entropy.subarray(0, 32), l.seed);
  payload.set(new TextEncoder().encode("init"), l.name);
  view.setUint32(l.SIZE, handles.length, true);
  for (const [i, handle] of handles.entries()) {
    view.setUint32(l.SIZE + 4 + 4 * i, handle, true);
  }
  return payload;
}
