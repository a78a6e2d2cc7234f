// A script that runs as machine code, on a stack of its own that it leaves for imports, memory and fuel (tape/native/README.md).
// Invariant: it is entered from one place, and only while it neither waits nor has ended; it never has more memory than was asked for.
import { limits } from "../../../sdk/abi/table.ts";
import { Failure } from "../../../sdk/contract/failure.ts";
import { uusi } from "../../../sdk/runtime/binding.ts";
import { SharedView } from "../../../sdk/runtime/shared-view.ts";
import type { Slice } from "../../../sdk/tape/stepper.ts";
import { traps } from "../../../tape/bytecode/op-table.ts";
import {
  DATA_BASE,
  HEAP_LIMIT,
  HEAP_START,
  heapStart,
  STACK_BYTES,
} from "../../../tape/bytecode/program.ts";
import {
  type HostCall,
  HostExit,
  type HostFn,
  missing,
  type TraceLine,
} from "../../../tape/interp/machine.ts";
import { environment as at } from "../../../tape/native/environment.ts";
import { asks, BEGIN, ENTER } from "../../../tape/native/fiber.ts";
import { decodeLossy } from "../../../tape/source/utf8.ts";
import { PAGE_BYTES } from "../limits.ts";
import type { Hosts, Steps, Waits } from "../steps.ts";
import { NativeCall } from "./host-call.ts";
import * as place from "./places.ts";
import type { NativeProgram } from "./program.ts";
import { kindAt, linesOf } from "./trace.ts";

const kind = (name: (typeof traps)[number]) => traps.indexOf(name);
const FUEL = kind("out of fuel");
const TRAP = kind("trap");
const BAD_ADDRESS = kind("bad address");
/** What a call of an import costs of a slice. */
const CALL = 50;
const MOST_TRACE = 64;

/** What the way in gives after a trap. */
const TRAPPED = 1;

export class NativeSteps implements Steps, Waits {
  readonly tier = "native";
  readonly slice = 300_000;
  waiting: Promise<void> | undefined;
  readonly #program: NativeProgram;
  readonly #pages: number;
  readonly #block: SharedView;
  readonly #stack: SharedView;
  readonly #memories: SharedView[] = [];
  #memory: SharedView;
  readonly #call: NativeCall;
  readonly #hosts: readonly HostFn[];
  readonly #enter: () => unknown;
  /** The import that is to be called, or called again; -1 none. */
  #pending = -1;
  #ended = false;
  #open = true;

  /** The steps of a program; a sentence when there is no room for it. */
  static make(program: NativeProgram, hosts: Hosts, pages: number): NativeSteps | Failure {
    const bytes = (heapStart(program.code) + PAGE_BYTES - 1) & -PAGE_BYTES;
    const stack = place.stackOf(program.slot);
    if (stack instanceof Failure) return stack;
    const memory = place.mappedAt(program.slot.memory, bytes);
    if (memory instanceof Failure) return memory;
    return new NativeSteps(program, hosts, pages, stack, memory);
  }

  private constructor(
    program: NativeProgram,
    hosts: Hosts,
    pages: number,
    stack: SharedView,
    memory: SharedView,
  ) {
    this.#program = program;
    this.#pages = pages;
    this.#stack = stack;
    this.#memories.push(memory);
    this.#memory = memory;
    const { slot, code, module, library } = program;
    this.#block = new SharedView(slot.block, limits.PAGE_BYTES);
    this.#call = new NativeCall(this.#block, () => this.#memory);
    const given = hosts(this);
    this.#hosts = code.imports.map(({ name }) => given[name] ?? missing(name));
    this.#prepare(memory);
    this.#enter = uusi.kernel(
      slot.code + (module.entries.get(ENTER) ?? 0),
      slot.block,
      library.letters,
      (() => TRAPPED) as unknown as () => never,
    ) as () => unknown;
  }

  /** Static data, the words that the heap begins with, the block, and a stack that holds nothing but its begin. */
  #prepare(memory: SharedView): void {
    const { slot, code, module } = this.#program;
    const block = this.#block;
    const start = heapStart(code);
    memory.copyIn(DATA_BASE, code.data, 0, code.data.length);
    memory.set32(HEAP_START, start);
    memory.set32(HEAP_LIMIT, memory.length);
    block.set64(at.memory, memory.address);
    block.set64(at.bytes, memory.length);
    block.set64(at.sp, start);
    block.set64(at.spLow, start - STACK_BYTES);
    block.set64(at.stackLow, slot.stackLow);
    block.set64(at.table, slot.code + module.table);
    const top = place.STACK_BYTES - 16;
    this.#stack.set64(top, slot.code + (module.entries.get(BEGIN) ?? 0));
    block.set64(at.resume, slot.stack + top);
  }

  wait(m: HostCall, until: Promise<void>): void {
    m.hostTrap = FUEL;
    this.waiting = until.then(() => {
      this.waiting = undefined;
    });
  }

  pause(m: HostCall): void {
    m.hostTrap = FUEL;
  }

  refuse(m: HostCall, sentence: string): void {
    m.text = sentence;
    m.hostTrap = TRAP;
  }

  advance(fuel: number): Slice {
    let left = fuel;
    for (;;) {
      if (this.#pending >= 0) {
        const ends = this.#host();
        if (ends !== undefined) return ends === "again" ? { kind: "on", spent: fuel - left } : ends;
        left -= CALL;
      }
      this.#block.set32(at.fuel, Math.max(left, 1));
      if (this.#enter() === TRAPPED) return this.#trapped();
      left = this.#block.get32(at.fuel) | 0;
      const asked = this.#block.get32(at.kind);
      this.#block.set32(at.own, 0);
      if (asked >= asks.import) this.#pending = asked - asks.import;
      else if (asked === asks.grow) this.#grow();
      else if (asked === asks.fuel) return { kind: "on", spent: fuel };
      else return this.#done();
    }
  }

  #done(): Slice {
    this.#ended = true;
    const { code } = this.#program;
    const { results } = code.fns[code.main] as { results: string };
    const low = this.#block.get32(at.values);
    if (results !== "l") return { kind: "end", code: results === "" ? 0 : low | 0 };
    return { kind: "end", code: (this.#block.get32(at.values + 4) | 0) * 2 ** 32 + low };
  }

  /** Makes the call that is asked for; "again" when its time has not come, what it ended the program with, or undefined. */
  #host(): Slice | "again" | undefined {
    const call = this.#call;
    const { imports } = this.#program.code;
    call.begin(imports[this.#pending]?.results ?? "");
    try {
      (this.#hosts[this.#pending] as HostFn)(call);
    } catch (thrown) {
      if (thrown instanceof HostExit) {
        this.#ended = true;
        return { kind: "end", code: thrown.code };
      }
      if (!(thrown instanceof RangeError)) throw thrown;
      call.hostTrap = BAD_ADDRESS;
    }
    if (call.hostTrap === FUEL) return "again";
    call.end();
    this.#pending = -1;
    this.#block.set32(at.own, call.hostTrap);
    return undefined;
  }

  #grow(): void {
    const asked = this.#block.get32(at.hostValues);
    const old = this.#memory.length / PAGE_BYTES;
    const fits = this.#block.get32(at.hostValues + 4) === 0 && old + asked <= this.#pages;
    const more =
      !fits || asked === 0
        ? undefined
        : place.mappedAt(this.#memory.address + this.#memory.length, asked * PAGE_BYTES);
    const done = fits && !(more instanceof Failure);
    if (more !== undefined && !(more instanceof Failure)) {
      this.#memories.push(more);
      this.#memory = new SharedView(this.#memory.address, this.#memory.length + more.length);
      this.#block.set64(at.bytes, this.#memory.length);
    }
    this.#block.set32(at.hostValues, done ? old : -1);
    this.#block.set32(at.hostValues + 4, done ? 0 : -1);
  }

  #trapped(): Slice {
    this.#ended = true;
    const known = kindAt(this.#program, this.#addresses()[0] ?? 0) ?? BAD_ADDRESS;
    const stop = this.#block.get32(at.stop);
    const found = stop !== 0 ? stop : known === 0 ? this.#block.get32(at.kind) : known;
    const text = known === 0 ? this.#call.text : this.#text();
    const name = traps[found] ?? "trap";
    return { kind: "trap", what: text === "" ? name : found === TRAP ? text : `${name}: ${text}` };
  }

  #text(): string {
    const length = this.#block.get32(at.textBytes);
    const from = this.#block.get32(at.text);
    if (length === 0 || from + length > this.#memory.length) return "";
    const bytes = new Uint8Array(length);
    this.#memory.copyOut(from, bytes, 0, length);
    return decodeLossy(bytes);
  }

  #addresses(): number[] {
    const depth = Math.min(this.#block.get32(at.depth), MOST_TRACE);
    return Array.from({ length: depth }, (_, i) => this.#block.get64(at.trace + 8 * i));
  }

  trace(): readonly TraceLine[] {
    if (!this.#ended) {
      // it traps where it is
      this.#block.set32(at.own, FUEL);
      this.#block.set32(at.fuel, 1);
      if (this.#enter() !== TRAPPED) return [];
      this.#ended = true;
    }
    return linesOf(this.#program, this.#addresses());
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const view of this.#memories) view.close();
    this.#program.close();
  }
}
