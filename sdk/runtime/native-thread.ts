// A native thread of this process: a Tape kernel's step between two waits, on a port of its own. It serves what is bound to that port while
// JavaScript computes or collects (docs/decisions/029-native-threads.md).
//
// Invariant: the two threads share memory that one of them at a time works on, and say whose turn it is in messages alone. What the step gets
// lies in memory objects, never in the engine's heap.
import { events, operations, protections } from "../abi/table.ts";
import { Failure } from "../contract/failure.ts";
import { systemFailure } from "../contract/system-failure.ts";
import { uusi } from "./binding.ts";
import { closeHandle } from "./handle.ts";
import { placeOf, workspace, type KernelPlace } from "./kernel.ts";
import { kernelTrouble } from "./kernel-trouble.ts";
import { addSource, deliver, received, removeSource, type Source } from "./loop.ts";
import { Memory } from "./memory.ts";
import { area, MOST_VALUES, OWNERS_KEY, plan, words } from "./native-layout.ts";
import { begin, sendMessage } from "./outbox.ts";
import { ownInfo } from "./process.ts";
import type { SharedView } from "./shared-view.ts";
import { systemCalls } from "./system-call.ts";

/** Bytes of a thread's stack, and what of it the loop has for itself. */
const STACK = 32768;
const RESERVE = 4096;
/** Where the plan lies in the page of the environment block: behind the block, and behind the text of a trap in the simulated nucleus. */
const PLAN = 3200;

/** An argument of a step: memory that was mapped for kernels (Memory.mapForKernels), or an integer. */
export type StepArgument = SharedView | number;

export class NativeThread implements Source {
  /** What kernel and server tell each other beside messages (native-layout.ts: `area.own` on). */
  readonly area: SharedView;
  /** Bind handles to it by `bind`. */
  readonly port: number;
  private readonly place: KernelPlace;
  private readonly own: { readonly view: SharedView; readonly block: number };
  private readonly near: number;
  private readonly heard: (id: number) => void;
  private slot: number;
  private stacks: SharedView[] = [];
  private stopping: (() => void) | undefined;
  /** Whether it runs, or is about to end. */
  running = false;

  private constructor(
    place: KernelPlace,
    own: { readonly view: SharedView; readonly block: number },
    view: SharedView,
    port: number,
    near: number,
    heard: (id: number) => void,
  ) {
    this.place = place;
    this.own = own;
    this.area = view;
    this.port = port;
    this.near = near;
    this.heard = heard;
    this.slot = addSource(near, this);
  }

  /**
   * Makes a thread that runs `step`, a function that a `.tape` module exports: `fn(area: []u8, ...) -> i32`. It is called with what `given`
   * says after each wait; what it returns are the bytes of submissions that it has written, or -1: it is called again at once, behind a fence.
   * `heard`: a message of the kernel's own with that id has come; `received` holds it. It starts with `start`.
   */
  static create(
    step: (...args: never[]) => number,
    given: readonly StepArgument[],
    heard: (id: number) => void,
  ): NativeThread | Failure {
    const place = placeOf(step);
    if (place === undefined) throw new TypeError("a native thread runs a function of a kernel");
    const own = workspace(place.file);
    if (own instanceof Failure) return own;
    const memory = Memory.create(area.BYTES);
    if (memory instanceof Failure) return memory;
    const view = memory.mapForKernels();
    memory.close();
    if (view instanceof Failure) return view;
    const port = uusi.sys(systemCalls.port_create);
    const near = uusi.sys(systemCalls.channel_create);
    if (port < 0 || near < 0) return systemFailure(Math.min(port, near), "making a native thread");
    const far = uusi.second();
    const bound = uusi.sys(systemCalls.bind, far, port, OWNERS_KEY);
    if (bound < 0) return systemFailure(bound, "binding a native thread's channel");
    const made = new NativeThread(place, own, view, port, near, heard);
    view.set32(area.owner, far);
    made.lastWords(far);
    made.write(given);
    return made;
  }

  private lastWords(far: number): void {
    const { area: view } = this;
    view.set32(area.last, area.LAST_BYTES);
    view.set32(area.last + 4, operations.SEND);
    view.set32(area.last + 8, far);
    view.set32(area.last + 32, 4);
    view.set32(area.last + 40, words.TRAPPED);
  }

  /** Writes the plan; the arguments are those of the step's letters. */
  private write(given: readonly StepArgument[]): void {
    const { own, place, area: view, port } = this;
    const at = own.block + PLAN;
    uusi.set64(at + plan.entry, place.entry);
    uusi.set64(at + plan.block, own.block);
    uusi.set64(at + plan.area, view.address);
    uusi.set64(at + plan.port, port);
    uusi.set64(at + plan.letters, place.letters);
    let count = 0;
    const value = (number: number) => {
      if (count === MOST_VALUES) throw new RangeError("a step has fewer arguments");
      uusi.set64(at + plan.arguments + 8 * count++, number);
    };
    let letter = place.letters;
    for (const each of [view, ...given]) {
      const wanted = uusi.get8(letter++);
      if (typeof each === "number" ? wanted >= 65 : wanted < 65)
        throw new TypeError(`${place.name}: an argument of another type`);
      if (typeof each === "number") value(each);
      else {
        value(each.address - own.view.address);
        // Letters of lists count from A as typed arrays do (tape/embed/letters.ts).
        value(each.length >> Number("000112233123"[wanted - 65]));
      }
    }
    if (uusi.get8(letter) !== 58) throw new TypeError(`${place.name}: an argument is missing`);
    uusi.set64(at + plan.count, count);
  }

  /** Lets it run, until it ends by `stop` or traps. */
  start(): Failure | undefined {
    if (this.running) return undefined;
    // A thread that has ended may be in its last instructions; where this is the only one, none is.
    if (ownInfo().threads === 1) for (const each of this.stacks.splice(0)) each.close();
    const memory = Memory.create(STACK);
    if (memory instanceof Failure) return memory;
    const stack = memory.map(protections.READ | protections.WRITE);
    memory.close();
    if (stack instanceof Failure) return stack;
    this.stacks.push(stack);
    uusi.set64(this.own.block, stack.address + RESERVE);
    this.area.set64(area.deadline, 0);
    this.area.set64(area.end, 0);
    this.area.set64(area.calls, 0);
    const made = uusi.sys(
      systemCalls.thread_create,
      uusi.threadEntry,
      stack.address + STACK - 8,
      this.own.block + PLAN,
    );
    if (made < 0) return systemFailure(made, "starting a native thread");
    this.running = true;
    return undefined;
  }

  /** Events of a handle go to the thread and carry that key, which is below OWNERS_KEY; what the kernel forwards comes to this loop's slot `key`. */
  bind(handle: number, key: number): number {
    return uusi.sys(systemCalls.bind, handle, this.port, key);
  }

  /** Sends the thread a message: an id, and words. */
  send(id: number, ...more: number[]): void {
    const { view, start } = begin(0);
    view.setUint32(start, id, true);
    for (let i = 0; i < more.length; i++) view.setUint32(start + 4 + 4 * i, more[i]!, true);
    sendMessage(this.near, start + 4 + 4 * more.length, false, undefined);
  }

  /** Ends it at the begin of a step; `done` is called then. What is bound to its port waits there. */
  stop(done: () => void): void {
    if (this.running) {
      this.stopping = done;
      this.send(words.STOP);
    } else done();
  }

  event(_type: number, at: number, length: number): void {
    const { words: from } = received;
    const id = length < 4 ? 0 : from[at >> 2]!;
    if (id === words.FORWARD) this.forwarded();
    else if (id === words.STOPPED) {
      this.running = false;
      this.stopping?.();
      this.stopping = undefined;
    } else if (id === words.TRAPPED) this.trapped();
    else this.heard(id);
  }

  private forwarded(): void {
    const { words: from, at, handles } = received;
    const type = from[(at >> 2) + 1]!;
    const key = from[(at >> 2) + 2]!;
    received.at = at + 16;
    let reply = 0;
    if (type === events.CALL) reply = handles[--received.handleCount]!;
    deliver(type, key, reply);
  }

  /** The kernel has trapped: that ends the process, with the places in its source. */
  private trapped(): never {
    this.running = false;
    const { place, own } = this;
    const block = own.block - own.view.address;
    throw kernelTrouble(own.view, block, place.file, place.code, place.name, place.error, -1);
  }

  /** Gives all of it up; it must not run. */
  close(): void {
    if (this.running) throw new Error("a native thread is stopped before it is closed");
    removeSource(this.slot);
    closeHandle(this.near);
    closeHandle(this.area.get32(area.owner));
    closeHandle(this.port);
    this.area.close();
    this.own.view.close();
  }
  [Symbol.dispose](): void {
    this.close();
  }
}
