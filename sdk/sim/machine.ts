// The simulated machine: the nucleus's own C, virtual processors and time, devices, and an engine for each server.
// A turn's effects happen when it starts; its processor is busy for as long as the turn counts, and others run meanwhile; then what it
// submits leaves. Invariant: with the same image, options, seed and input every run is the same, event for event.
import { createHash } from "node:crypto";
import { Board, type BoardOptions } from "./board.ts";
import { firstProcess } from "./first-process.ts";
import { simImage, type SimImage } from "./image.ts";
import { type Hooks, NEVER, Nucleus } from "./nucleus.ts";
import { SimThread } from "./sim-thread.ts";

export interface MachineOptions extends SimImage {
  /** processors, 1 to 8; default 2 */
  cpus?: number;
  /** bytes of memory; default 64 MiB */
  memory?: number;
  /** fixes entropy; default 1 */
  seed?: number;
  /** lines `key=value`, as in \leivos\options */
  options?: string;
  board?: BoardOptions;
}

/** Why `run` came back. */
export type Stop = "until" | "off" | "reboot" | "panic" | "idle" | "deadline";

/** 2026-01-01T00:00:00Z, where the clock starts. */
const EPOCH_NS = 1_767_225_600_000_000_000;

/** A panic on its way out of the nucleus's C, which never returns from one. */
class Panic extends Error {}

interface Cpu {
  thread: SimThread | undefined;
  /** when its thread has done what it does now */
  busyUntil: number;
  /** when another thread may take its place */
  quantumEnd: number;
}

export class Machine {
  /** ns since boot */
  now = 0;
  /** what the nucleus wrote while the serial port was its own, and after that nothing */
  log = "";
  stop: Stop | undefined;
  readonly nucleus: Nucleus;
  readonly board: Board;
  /** called with each piece of serial output, the nucleus's and the console's */
  onSerial: (text: string) => void = () => {};
  /** called with what a server is about to submit, which may be changed in place: for fault injection */
  onSubmit: (server: string, submissions: Uint8Array) => void = () => {};
  readonly #threads = new Map<number, SimThread>();
  readonly #cpus: Cpu[] = [];

  static async boot(options: MachineOptions): Promise<Machine> {
    const wasm = await Nucleus.module();
    return new Machine(wasm, options);
  }

  constructor(wasm: WebAssembly.Module, options: MachineOptions) {
    const cpus = options.cpus ?? 2;
    const hooks: Hooks = {
      ioRead: (port, width) => this.board.ioRead(port, width),
      ioWrite: (port, width, value) => this.board.ioWrite(port, width, value),
      powerOff: () => void (this.stop ??= "off"),
      reboot: () => void (this.stop ??= "reboot"),
      panic: (text) => {
        this.stop = "panic";
        const said = `PANIC: ${text}\n`;
        this.log += said;
        this.onSerial(said);
        throw new Panic(text);
      },
      first: () => begin?.(),
      debugWrite: (text) => {
        this.log += text;
        this.onSerial(text);
      },
    };
    let begin: (() => void) | undefined;
    const image = simImage(options);
    const memory = options.memory ?? 64 << 20;
    this.nucleus = new Nucleus(wasm, hooks, { memory, cpus, imageBytes: image.length });
    this.board = new Board(this.nucleus, options.board ?? {}, (text) => this.onSerial(text));
    for (let i = 0; i < cpus; i++) {
      this.#cpus.push({ thread: undefined, busyUntil: 0, quantumEnd: NEVER });
    }
    this.#setTime(0);
    const entropy = createHash("sha256")
      .update(`seed=${options.seed ?? 1}`)
      .digest();
    const { facts } = this.board;
    const text = options.options ?? "";
    begin = firstProcess(this.nucleus, { image, entropy, options: text, cpus, board: facts });
    begin();
  }

  /** ns since 1970. */
  get clock(): number {
    return EPOCH_NS + this.now;
  }

  /**
   * Runs until `until` is true (asked after each event), the machine stops, nothing can happen any more, or `deadline` (ns since boot).
   */
  async run(until: () => boolean, deadline: number = NEVER): Promise<Stop> {
    try {
      return await this.#run(until, deadline);
    } catch (error) {
      if (error instanceof Panic) return "panic";
      throw error;
    }
  }

  async #run(until: () => boolean, deadline: number): Promise<Stop> {
    for (;;) {
      if (this.stop !== undefined) return this.stop;
      if (until()) return "until";
      await this.#settle();
      if (this.stop !== undefined) return this.stop;
      if (until()) return "until";
      const next = this.nextEvent();
      if (next >= deadline) {
        if (deadline !== NEVER) this.#setTime(deadline);
        return next === NEVER ? "idle" : "deadline";
      }
      if (next > this.now) this.#setTime(next);
    }
  }

  /** The machine's counter jumps: so much later nothing has happened meanwhile, as when it was suspended or goes on elsewhere. */
  leap(ns: number): void {
    this.#setTime(this.now + ns);
  }

  /** When something happens by itself next: ns since boot, NEVER when all wait for input. */
  nextEvent(): number {
    let next = this.nucleus.firstDeadline();
    for (const cpu of this.#cpus) {
      if (cpu.thread !== undefined) next = Math.min(next, cpu.busyUntil, cpu.quantumEnd);
    }
    return next;
  }

  /** Lets everything happen that is due now. */
  async #settle(): Promise<void> {
    for (let more = true; more && this.stop === undefined; ) {
      this.nucleus.deadlinesRun();
      more = this.board.deliver();
      for (let i = 0; i < this.#cpus.length; i++) more = (await this.#schedule(i)) || more;
      while (this.nucleus.reap()) more = true;
    }
  }

  /** What one processor does now; true when something changed. */
  async #schedule(index: number): Promise<boolean> {
    const cpu = this.#cpus[index] as Cpu;
    this.nucleus.onCpu(index);
    const thread = cpu.thread;
    if (thread !== undefined && this.nucleus.runs(thread.id)) {
      if (this.now >= cpu.busyUntil) thread.finish();
      const stays = this.now < cpu.quantumEnd && !this.nucleus.kicked(index);
      if (stays && this.nucleus.runs(thread.id)) {
        if (this.now < cpu.busyUntil) return false;
        await this.#execute(cpu, thread);
        return true;
      }
      thread.leave(cpu.busyUntil - this.now);
    }
    const id = this.nucleus.pick(index);
    if (id === 0) {
      cpu.thread = undefined;
      cpu.quantumEnd = NEVER;
      this.#forgetEnded();
      return thread !== undefined;
    }
    cpu.thread = this.#thread(id);
    cpu.quantumEnd = this.nucleus.quantumEnd(index);
    await this.#execute(cpu, cpu.thread);
    return true;
  }

  async #execute(cpu: Cpu, thread: SimThread): Promise<void> {
    cpu.busyUntil = this.now + (await thread.work());
  }

  /** The first threads of the servers that run now, by the names in their START. */
  servers(): Map<string, SimThread> {
    const all = new Map<string, SimThread>();
    for (const thread of this.#threads.values())
      if (thread.server !== "" && this.nucleus.alive(thread.id)) all.set(thread.server, thread);
    return all;
  }

  #thread(id: number): SimThread {
    let thread = this.#threads.get(id);
    if (thread === undefined) {
      thread = new SimThread(this, id);
      this.#threads.set(id, thread);
    }
    return thread;
  }

  #forgetEnded(): void {
    for (const [id, thread] of this.#threads) {
      if (this.nucleus.alive(id)) continue;
      thread.stop();
      this.#threads.delete(id);
    }
  }

  #setTime(now: number): void {
    this.now = now;
    this.nucleus.setTime(now, this.clock);
  }
}
