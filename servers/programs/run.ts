// One run of a program: its output for whoever asks, its input, its end.
// Invariant: output that nobody fetches makes the program wait, and the last step is given once.
import { Failure } from "../../sdk/contract/failure.ts";
import type { ExitReport } from "../../sdk/runtime/process.ts";
import { after } from "../../sdk/runtime/timers.ts";
import { exits } from "../../sdk/abi/table.ts";
import { traps } from "../../tape/bytecode/op-table.ts";
import type { Executable } from "../../tape/pe/read.ts";
import { traceOf, trapOutcome } from "../../tape/pe/trace-table.ts";
import { processAddresses } from "../../tape/pe/process.ts";
import { bytesOf, decodeLossy, toByteString } from "../../tape/source/utf8.ts";
import { type Launch, NativeProcess } from "./native-process.ts";

/** Characters that may wait. */
const ROOM = 8_192;
/** UTF-16 units of a step: at most 3,600 bytes. */
const STEP = 1_200;
/** Time that a program has to end by itself when it is stopped. */
const PATIENCE = 500e6;
/** Lines of a trace that are shown. */
const TRACE = 16;

export type State = "running" | "reading" | "done" | "trapped" | "stopped";

/** An answer to `run` and `more`. */
export interface Step {
  readonly output: string;
  readonly state: State;
  readonly code: number;
}

export class Run {
  readonly #native: NativeProcess;
  readonly #exe: Executable;
  #output = "";
  /** Bytes of a character whose end has not come. */
  #rest: Uint8Array = new Uint8Array(0);
  #state: State = "running";
  #code = 0;
  #stopped = false;
  #asked: ((step: Step) => void) | undefined;
  #room: (() => void) | undefined;
  readonly #typed: number[] = [];
  #typedAll = false;
  #wanted: (() => void) | undefined;

  private constructor(native: NativeProcess, exe: Executable) {
    this.#native = native;
    this.#exe = exe;
    native.onExit((report) => this.#exited(report));
  }

  static start(launch: Launch): Run | Failure {
    const native = NativeProcess.start(launch);
    return native instanceof Failure ? native : new Run(native, launch.program.exe);
  }

  get channel() {
    return this.#native.channel;
  }

  get ended(): boolean {
    return this.#state !== "running";
  }

  // ---- for the client

  /** The next step, when there is one. */
  step(): Promise<Step> {
    return new Promise((resolve) => {
      this.#asked?.({ output: "", state: "running", code: 0 });
      this.#asked = resolve;
      this.#answer();
    });
  }

  input(text: string): void {
    for (const byte of bytesOf(toByteString(text))) this.#typed.push(byte);
    if (!text.endsWith("\n")) this.#typedAll = true;
    this.#feed();
  }

  #feed(): void {
    this.#wanted?.();
    this.#wanted = undefined;
  }

  stop(): void {
    if (this.ended) return;
    this.#stopped = true;
    this.#native.interrupt();
    // Waiting for input or room is no loop: both end now.
    this.#typedAll = true;
    this.#feed();
    this.#room?.();
    after(PATIENCE, () => {
      if (!this.ended) this.#native.process.kill(0);
    });
  }

  close(): void {
    this.#asked = undefined;
    this.#native.close();
  }

  #answer(): void {
    const asked = this.#asked;
    const reads = this.#wanted !== undefined;
    if (asked === undefined || (this.#output === "" && this.#state === "running" && !reads)) return;
    this.#asked = undefined;
    let end = Math.min(this.#output.length, STEP);
    const last = this.#output.charCodeAt(end - 1);
    if (end < this.#output.length && last >= 0xd800 && last < 0xdc00) end -= 1;
    const output = this.#output.slice(0, end);
    this.#output = this.#output.slice(end);
    let state: State = this.#output === "" ? this.#state : "running";
    if (state === "running" && this.#output === "" && reads) state = "reading";
    if (this.#output.length < ROOM) {
      this.#room?.();
      this.#room = undefined;
    }
    asked({ output, state, code: this.#code });
  }

  // ---- for the process

  async write(text: Uint8Array): Promise<object> {
    this.#print(text);
    if (this.#output.length >= ROOM && !this.#stopped)
      await new Promise<void>((resolve) => {
        this.#room = resolve;
      });
    return {};
  }

  /** Text of bytes; a character that is cut waits for its end. */
  #print(text: Uint8Array): void {
    const all = new Uint8Array(this.#rest.length + text.length);
    all.set(this.#rest);
    all.set(text, this.#rest.length);
    let end = all.length;
    for (let back = 1; back <= 3 && back <= all.length; back += 1) {
      const byte = all[all.length - back] as number;
      if ((byte & 0xc0) === 0x80) continue;
      const wants = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
      if (wants > back) end = all.length - back;
      break;
    }
    this.#rest = all.slice(end);
    this.#output += decodeLossy(all.subarray(0, end));
    this.#answer();
  }

  async read(most: number): Promise<{ text: Uint8Array }> {
    if (this.#typed.length === 0 && !this.#typedAll)
      await new Promise<void>((resolve) => {
        this.#wanted = resolve;
        this.#answer();
      });
    return { text: Uint8Array.from(this.#typed.splice(0, most)) };
  }

  /** `main` has returned, or there was a trap. */
  end(trapped: boolean, code: number, text: Uint8Array): object {
    if (!trapped) {
      this.#finish("done", code);
      return {};
    }
    const native = this.#native;
    const told = trapOutcome(this.#exe.traces, traps, {
      stop: native.stopKind,
      asked: native.askedKind,
      offsets: native.offsets(this.#exe.text),
      text: () => decodeLossy(text),
      hostText: "",
    });
    if (this.#stopped) this.#finish("stopped", -1);
    else if (!told.ok) {
      const kind = told.trap === "trap" ? "" : `${told.trap}${told.text === "" ? "" : ": "}`;
      this.#fault(kind + told.text, told.trace);
    }
    return {};
  }

  #fault(sentence: string, trace: readonly { fn: string; file: string; line: number }[]): void {
    let lines = `trap: ${sentence}\n`;
    for (const { fn, file, line } of trace.slice(0, TRACE))
      lines += `  at ${fn} (${file}:${line})\n`;
    this.#output += (this.#output === "" || this.#output.endsWith("\n") ? "" : "\n") + lines;
    this.#finish("trapped", -1);
  }

  /** The process is gone; it may have said so before. */
  #exited(report: ExitReport): void {
    if (this.ended) return;
    if (this.#stopped || report.reason !== exits.FAULT) {
      this.#finish(this.#stopped ? "stopped" : "done", report.code);
      return;
    }
    const offset = report.instruction - processAddresses.program - this.#exe.text;
    this.#fault("bad address", traceOf(this.#exe.traces, [offset + 1]));
  }

  #finish(state: State, code: number): void {
    if (this.ended) return;
    this.#state = state;
    this.#code = code;
    this.#answer();
  }
}
