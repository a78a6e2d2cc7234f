// A child process of the suite, made with the same system calls as `init` makes servers, and driven by orders (puppet.ts).
import { addresses, layouts, limits, protections, rights, syscalls } from "../../sdk/abi/table.ts";
import { uusi } from "../../sdk/runtime/binding.ts";
import { ascii, call, type Event, type Passed } from "./message.ts";
import { channel, type TestPort } from "./port.ts";
import { asPayload, fromPayload, orders } from "./puppet.ts";
import type { ImageObject, StartFacts } from "./start.ts";
import { type CallName, close, must, note, resultName } from "./system.ts";

const STACK_BYTES = 256 << 10;
const HEAP_BYTES = 8 << 20;
/** What a child may use in all. */
export const CHILD_BUDGET = 16 << 20;
const ORDER = 0x4f52_0000;
const EXIT = 0x4558;

export interface ExitReport {
  status: number;
  reason: number;
  code: number;
  vector: number;
  address: number;
}

const pages = (bytes: number) => Math.ceil(bytes / limits.PAGE_BYTES) * limits.PAGE_BYTES;

/** Maps engine, bundle and stack into a process that has no threads yet; returns the stack's top. */
export function prepare(facts: StartFacts, process: number, code = "bundle/init"): number {
  const part = (name: string) => facts.image[name] as ImageObject;
  const map = (memory: number, address: number, bytes: number, protection: number) =>
    must("memory_map", process, memory, address, 0, pages(bytes), protection);
  const { READ, WRITE, EXECUTE } = protections;
  const text = part("engine.text");
  const constants = part("engine.rodata");
  const data = part("engine.data");
  const bundle = part(code);
  map(text.handle, text.address, text.length, READ | EXECUTE);
  map(constants.handle, constants.address, constants.length, READ);
  map(bundle.handle, addresses.BUNDLE, bundle.length, READ);
  const own = must("memory_clone", data.handle, 0, pages(data.length), pages(data.memory));
  map(own, data.address, data.memory, READ | WRITE);
  const stack = must("memory_create", STACK_BYTES, 0);
  map(stack, addresses.STACK_TOP - STACK_BYTES, STACK_BYTES, READ | WRITE);
  close(own, stack);
  return addresses.STACK_TOP;
}

/** START for a child; the runtime's part alone. */
export function startPayload(facts: StartFacts, code = "bundle/init"): Uint8Array {
  const l = layouts.start;
  const payload = new Uint8Array(l.SIZE);
  const view = new DataView(payload.buffer);
  view.setUint32(l.version, 1, true);
  view.setUint32(l.bundle, addresses.BUNDLE, true);
  view.setUint32(l.bundleBytes, (facts.image[code] as ImageObject).length, true);
  view.setUint32(l.heapLimit, HEAP_BYTES, true);
  view.setUint32(l.stackBytes, STACK_BYTES, true);
  payload.set(ascii(code === "bundle/init" ? "puppet" : code.slice(7)), l.name);
  return payload;
}

/** Writes the one entry that process_start reads; returns its bytes. */
export function writeStart(payload: Uint8Array, handles: number[]): number {
  const l = layouts.submission;
  const size = (l.HEADER + handles.length * 8 + payload.length + 7) & ~7;
  const at = limits.SUBMIT_OFFSET;
  const view = new DataView(uusi.buffer);
  new Uint8Array(uusi.buffer).fill(0, at, at + size);
  view.setUint32(at + l.size, size, true);
  view.setUint16(at + l.handles, handles.length, true);
  view.setUint32(at + l.length, payload.length, true);
  for (let i = 0; i < handles.length; i++) {
    view.setUint32(at + l.HEADER + i * 8, handles[i] as number, true);
    view.setUint32(at + l.HEADER + i * 8 + 4, rights.ALL, true);
  }
  new Uint8Array(uusi.buffer).set(payload, at + l.HEADER + handles.length * 8);
  return size;
}

/** A process without threads, named `name`. */
export function emptyProcess(facts: StartFacts, budget: number, name = "child"): number {
  new Uint8Array(uusi.buffer).set(ascii(name), limits.SCRATCH_OFFSET);
  return must("process_create", facts.factory, budget, 100, name.length);
}

/** The payload of an EXIT event as values. */
export function exitReport(event: Event): ExitReport {
  const l = layouts.exitReport;
  const view = new DataView(event.payload.buffer);
  return {
    status: event.status,
    reason: view.getUint32(l.reason, true),
    code: view.getInt32(l.code, true),
    vector: view.getUint32(l.vector, true),
    address: view.getUint32(l.address, true) + view.getUint32(l.address + 4, true) * 2 ** 32,
  };
}

export class Child {
  readonly port: TestPort;
  readonly process: number;
  readonly budget: number;
  readonly #control: number;
  #cookie = ORDER;

  /** Starts one; its EXIT event comes to `port`. */
  static async start(facts: StartFacts, port: TestPort, bytes = CHILD_BUDGET): Promise<Child> {
    const budget = must("budget_create", facts.budget, bytes);
    const process = emptyProcess(facts, budget);
    port.bind(process, EXIT);
    const stack = prepare(facts, process);
    const [near, far] = channel();
    const entry = (facts.image["engine.text"] as ImageObject).entry;
    must("process_start", process, entry, stack, writeStart(startPayload(facts), [far]));
    return new Child(port, process, budget, near);
  }

  constructor(port: TestPort, process: number, budget: number, control: number) {
    this.port = port;
    this.process = process;
    this.budget = budget;
    this.#control = control;
  }

  /** An order and its answer; handles go along. */
  async order(numbers: number[], handles: Passed[] = []): Promise<number[]> {
    const event = await this.#answered(await this.begin(numbers, handles));
    return fromPayload(event.payload);
  }

  /** An order that has no answer: returns its cookie, for `ended`. */
  async begin(numbers: number[], handles: Passed[] = []): Promise<number> {
    const cookie = this.#cookie++;
    const payload = asPayload(numbers);
    await this.port.deliver(call(this.#control, this.port.handle, cookie, { payload, handles }));
    return cookie;
  }

  /** A system call made by the child: rax. */
  async sys(name: CallName, ...a: number[]): Promise<number> {
    return (await this.call(name, a))[0] as number;
  }

  /** A system call made by the child that must succeed: rax, rdx. */
  async call(name: CallName, a: number[], handles: Passed[] = []): Promise<number[]> {
    const found = syscalls.find(([n]) => n === name);
    const answer = await this.order([orders.SYS, found?.[1] as number, ...a], handles);
    note(name, answer[0] as number);
    return answer;
  }

  /** Moves a handle into the child: its number there. */
  async take(handle: number): Promise<number> {
    const answer = await this.call("clock", [], [{ handle }]);
    return answer[2] as number;
  }

  /** The next event that came to the child's own port: type, status, reply, key, handles. */
  async event(): Promise<number[]> {
    for (let tries = 0; tries < 50; tries++) {
      const event = await this.order([orders.EVENT]);
      if (event.length > 0) return event;
    }
    throw new Error("no event came to the child");
  }

  /** The order's call must end with this error. */
  async ended(cookie: number): Promise<number> {
    return (await this.port.next("REPLY", cookie)).status;
  }

  /** Waits for its end and gives everything back. */
  async exited(): Promise<ExitReport> {
    const report = await this.end();
    this.forget();
    return report;
  }

  /** Waits for its end. */
  async end(): Promise<ExitReport> {
    return exitReport(await this.port.next("EXIT", EXIT));
  }

  /** Closes what the suite holds of it. */
  forget(): void {
    close(this.process, this.#control, this.budget);
  }

  /** Kills it and waits for the end. */
  async kill(code = 0): Promise<ExitReport> {
    must("process_kill", this.process, code);
    return this.exited();
  }

  async #answered(cookie: number): Promise<Event> {
    const event = await this.port.next("REPLY", cookie);
    if (event.status !== 0) throw new Error(`the child gave ${resultName(event.status)}`);
    return event;
  }
}
